#include "service/engine/publish/target_scan.h"

#include <charconv>
#include <memory>
#include <string_view>
#include <utility>

#include "jetkeep/republish.h"
#include "protocol/base/message_headers.h"
#include "protocol/js_config/stream_config.h"
#include "service/engine/backup/tail.h"
#include "service/engine/diff/message_diff.h"
#include "service/engine/transfer/cancellable_records.h"

namespace jetkeep {
namespace {

// The sequence that a message had in the backup; 0: it was not published from it.
std::uint64_t OldSequence(std::string_view headers, std::string_view backup) {
  if (headers.find(kOldBackupHeader) == std::string_view::npos) return 0;
  const auto lines = HeaderLines(headers);
  if (!lines) return 0;
  std::uint64_t sequence = 0;
  bool of_backup = false;
  for (const auto& [name, value] : *lines) {
    if (name == kOldBackupHeader) of_backup = value == backup;
    if (name != kOldSequenceHeader) continue;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), sequence);
    if (error != std::errc() || end != value.data() + value.size()) return 0;
  }
  return of_backup ? sequence : 0;
}

}  // namespace

Result<TargetHoldings> ScanTarget(JetStream& server, Repository& repository,
                                  const Manifest& manifest, const ScanOptions& options,
                                  const CancelToken& cancel) {
  const std::string& stream = options.stream;
  TargetHoldings holdings;
  JETKEEP_ASSIGN(const StreamInfo before, server.GetStream(stream));
  JETKEEP_ASSIGN(const StreamConfigFacts config, ReadStreamConfig(before.config_json));
  JETKEEP_ASSIGN(const auto backup, repository.OpenReader(manifest));
  CancellableRecords records(*backup, cancel);
  DiffReport differences;  // of which only what is equal counts
  MessageDiff diff(records, {&manifest.lost, nullptr}, 0, differences,
                   [&](std::uint64_t sequence) { holdings.living.Add(sequence); });
  JETKEEP_ASSIGN(const auto reader, server.ReadStream(stream, manifest.largest_message, cancel));
  Tail tail(*reader, 0, [&](const RecordView& record) -> Status {
    if (options.compare && record.sequence <= manifest.state.last_sequence) {
      JETKEEP_TRY(diff.AddOfB(record));
    }
    const std::uint64_t old = OldSequence(record.headers, manifest.id);
    if (old != 0) holdings.published.Add(old);
    const std::uint64_t last = old != 0 ? old : options.compare ? kOfOthers : 0;
    if (last == 0 || config.max_per_subject == 0 || !options.concerned(record.subject)) return {};
    return holdings.subjects.Add(record.subject, last);
  });
  JETKEEP_TRY(tail.ReadTo(before.state, nullptr));
  JETKEEP_ASSIGN(const StreamInfo after, server.GetStream(stream));
  if (before.created == after.created && before.state.last_sequence <= after.state.last_sequence) {
    return holdings;
  }
  return Fail(Errc::kStreamChanged,
              "stream " + stream + " was made anew, or lost its newest messages, while it was read",
              "Try again.");
}

}  // namespace jetkeep
