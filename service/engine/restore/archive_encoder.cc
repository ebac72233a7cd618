#include "service/engine/restore/archive_encoder.h"

#include <algorithm>

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

Status EncodeRecords(RecordSource& records, const ArchiveContents& contents, ArchiveWriter& archive,
                     EncodedSoFar& so_far) {
  JETKEEP_TRY(archive.Begin(contents));
  std::uint64_t next = std::max<std::uint64_t>(contents.state.first_sequence, 1);
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  const auto tell = [&] {
    so_far.messages.store(messages, std::memory_order_relaxed);
    so_far.bytes.store(bytes, std::memory_order_relaxed);
  };
  JETKEEP_TRY(records.ForEach([&](const RecordView& record) -> Status {
    if (record.sequence > next) JETKEEP_TRY(archive.AddDeleted(next, record.sequence - 1));
    next = record.sequence + 1;
    JETKEEP_TRY(archive.AddRecord(record));
    bytes += FileStoreSize(record);
    if (++messages % kTellEveryRecords == 0) tell();
    return {};
  }));
  if (next <= contents.state.last_sequence) {
    JETKEEP_TRY(archive.AddDeleted(next, contents.state.last_sequence));
  }
  JETKEEP_TRY(archive.Finish());
  tell();
  return {};
}

Status EncodeArchive(RecordSource& records, const ArchiveForm& form,
                     const ArchiveContents& contents, SpillFile& spill, ByteSink& sink,
                     EncodedSoFar& so_far) {
  if (form.v2) {
    V2ArchiveWriter v2(sink, form.time_ns);
    return EncodeRecords(records, contents, v2, so_far);
  }
  TarFiles files(sink);
  V1ArchiveWriter v1(files, form.gaps, form.index, &spill);
  JETKEEP_TRY(EncodeRecords(records, contents, v1, so_far));
  so_far.indexed.store(v1.indexed(), std::memory_order_relaxed);
  return {};
}

}  // namespace jetkeep
