// ArchiveSender: makes an archive of records on a thread of its own, ahead of the one that sends
// it by a few chunks. It begins at once, so that the first chunks are there when the server is
// ready to take them.
//
// Ownership: the token outlives it. Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "jetkeep/cancel.h"
#include "jetkeep/jetstream.h"
#include "service/engine/restore/archive_encoder.h"
#include "service/engine/restore/chunk_queue.h"
#include "service/engine/restore/expiry_survey.h"
#include "service/work/scratch_spill.h"

namespace jetkeep {

class ArchiveSender {
 public:
  ArchiveSender(std::unique_ptr<RecordSource> records, const ArchiveForm& form,
                ArchiveContents contents, std::size_t chunk_bytes, std::string scratch_directory,
                const ExpirySurvey& survey, const CancelToken& cancel);
  // Gives up what is not sent.
  ~ArchiveSender();
  ArchiveSender(const ArchiveSender&) = delete;
  ArchiveSender& operator=(const ArchiveSender&) = delete;

  // Sends all of it, once; on_progress after each chunk. Errors: of the records, of the session.
  Status SendTo(RestoreSession& session,
                const std::function<void(const EncodedSoFar&)>& on_progress);
  std::uint64_t sent_bytes() const { return sent_bytes_; }
  // After SendTo: servers find an index in the archive.
  bool indexed() const { return so_far_.indexed.load(std::memory_order_relaxed); }
  // Of all records, once they are sent.
  const ExpirySurvey& survey() const { return survey_; }

 private:
  void Encode();
  Status SendChunks(RestoreSession& session,
                    const std::function<void(const EncodedSoFar&)>& on_progress);
  void Stop();

  const std::unique_ptr<RecordSource> records_;
  const ArchiveForm form_;
  const ArchiveContents contents_;
  const std::size_t chunk_bytes_;
  ScratchSpill spill_;
  ChunkQueue chunks_;
  ExpirySurvey survey_;  // the thread's until it ends
  EncodedSoFar so_far_;
  Status encoded_;  // the thread's until it ends
  std::uint64_t sent_bytes_ = 0;
  std::thread encoder_;
};

}  // namespace jetkeep
