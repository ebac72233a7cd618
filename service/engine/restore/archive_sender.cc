#include "service/engine/restore/archive_sender.h"

#include <string>
#include <utility>

#include "service/engine/restore/paced_compression.h"

namespace jetkeep {
namespace {

// Between encoder and sender: a few even out what each does in bursts, more only take memory.
constexpr std::size_t kChunksWaiting = 4;

}  // namespace

ArchiveSender::ArchiveSender(std::unique_ptr<RecordSource> records, const ArchiveForm& form,
                             ArchiveContents contents, std::size_t chunk_bytes,
                             std::string scratch_directory, const ExpirySurvey& survey,
                             const CancelToken& cancel)
    : records_(std::move(records)),
      form_(form),
      contents_(std::move(contents)),
      chunk_bytes_(chunk_bytes),
      spill_(std::move(scratch_directory)),
      chunks_(chunk_bytes, kChunksWaiting, cancel),
      survey_(survey),
      encoder_([this] { Encode(); }) {}

ArchiveSender::~ArchiveSender() { Stop(); }

void ArchiveSender::Stop() {
  chunks_.Close();
  if (encoder_.joinable()) encoder_.join();
}

void ArchiveSender::Encode() {
  PacedCompression compressed(chunks_);
  SurveyedRecords surveyed(*records_, survey_);
  encoded_ = EncodeArchive(surveyed, form_, contents_, spill_, compressed, so_far_);
  if (encoded_) encoded_ = compressed.Finish();
  if (encoded_) encoded_ = chunks_.Flush();
  chunks_.Close();
}

Status ArchiveSender::SendTo(RestoreSession& session,
                             const std::function<void(const EncodedSoFar&)>& on_progress) {
  if (session.MaxChunk() < chunk_bytes_) {
    return Fail(Errc::kTransferInterrupted,
                "the server takes no more than " + std::to_string(session.MaxChunk()) +
                    " bytes in one message, the one before took " + std::to_string(chunk_bytes_));
  }
  const Status sent = SendChunks(session, on_progress);
  Stop();
  // If sending failed, the encoder only saw its queue close: report the sender's error.
  JETKEEP_TRY(sent);
  JETKEEP_TRY(encoded_);
  on_progress(so_far_);
  return {};
}

Status ArchiveSender::SendChunks(RestoreSession& session,
                                 const std::function<void(const EncodedSoFar&)>& on_progress) {
  ByteBuffer chunk;
  for (;;) {
    JETKEEP_ASSIGN(auto next, chunks_.Next(std::move(chunk)));
    if (!next) return {};
    chunk = *std::move(next);
    JETKEEP_TRY(session.Send(chunk.view()));
    sent_bytes_ += chunk.size();
    on_progress(so_far_);
  }
}

}  // namespace jetkeep
