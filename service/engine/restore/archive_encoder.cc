#include "service/engine/restore/archive_encoder.h"

#include <algorithm>
#include <memory>

#include "protocol/archive/v2_archive_writer.h"
#include "protocol/js_api/server_version.h"

namespace jetkeep {
namespace {

constexpr std::uint64_t kTellEveryRecords = 256;

}  // namespace

ArchiveForm FormFor(std::string_view server_version, bool v2) {
  ArchiveForm form;
  form.v2 = v2;
  if (ReadsGapsAsDeleted(server_version)) form.gaps = V1ArchiveWriter::Gaps::kHoles;
  if (IndexesMessagesOnly(server_version)) form.index = V1ArchiveWriter::Index::kAnyConfig;
  return form;
}

Status EncodeArchive(RecordSource& records, const ArchiveForm& form,
                     const ArchiveContents& contents, SpillFile& spill, ByteSink& sink,
                     EncodedSoFar& so_far) {
  std::unique_ptr<V2ArchiveWriter> v2;
  std::unique_ptr<V1ArchiveWriter> v1;
  if (form.v2) {
    v2 = std::make_unique<V2ArchiveWriter>(sink, form.time_ns);
  } else {
    v1 = std::make_unique<V1ArchiveWriter>(sink, form.gaps, form.index, &spill);
  }
  ArchiveWriter* const archive = v2 ? static_cast<ArchiveWriter*>(v2.get()) : v1.get();
  JETKEEP_TRY(archive->Begin(contents));
  std::uint64_t next = std::max<std::uint64_t>(contents.state.first_sequence, 1);
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  const auto tell = [&] {
    so_far.messages.store(messages, std::memory_order_relaxed);
    so_far.bytes.store(bytes, std::memory_order_relaxed);
  };
  JETKEEP_TRY(records.ForEach([&](const RecordView& record) -> Status {
    if (record.sequence > next) JETKEEP_TRY(archive->AddDeleted(next, record.sequence - 1));
    next = record.sequence + 1;
    JETKEEP_TRY(archive->AddRecord(record));
    bytes += FileStoreSize(record);
    if (++messages % kTellEveryRecords == 0) tell();
    return {};
  }));
  if (next <= contents.state.last_sequence) {
    JETKEEP_TRY(archive->AddDeleted(next, contents.state.last_sequence));
  }
  JETKEEP_TRY(archive->Finish());
  so_far.indexed.store(v1 && v1->indexed(), std::memory_order_relaxed);
  tell();
  return {};
}

}  // namespace jetkeep
