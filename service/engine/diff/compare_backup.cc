#include "service/engine/diff/compare_backup.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "service/engine/backup/tail.h"
#include "service/engine/diff/message_diff.h"
#include "service/engine/drift/compare_stream.h"
#include "service/engine/transfer/cancellable_records.h"

namespace jetkeep {
namespace {

// Beyond this differences are counted only.
constexpr std::size_t kMostConfigBytes = std::size_t{256} * 1024;
constexpr std::size_t kMostPositions = 1000;

using Positions = std::map<std::string, ConsumerPosition>;

DiffSide SideOf(const Manifest& manifest) {
  return {manifest.id, manifest.stream, manifest.state, manifest.cut_time_ns};
}

Positions PositionsOf(const Manifest& manifest) {
  Positions positions;
  for (const ConsumerBackup& consumer : manifest.consumers) {
    const ConsumerState& state = consumer.state;
    positions[consumer.name] = {state.delivered, state.ack_floor, state.pending.size()};
  }
  return positions;
}

Positions PositionsOf(const std::vector<ConsumerInfo>& consumers) {
  Positions positions;
  for (const ConsumerInfo& consumer : consumers) {
    positions[consumer.name] = {consumer.delivered, consumer.ack_floor, consumer.num_ack_pending};
  }
  return positions;
}

bool IsBehind(const ConsumerPosition& one, const ConsumerPosition& other) {
  return one.delivered.stream < other.delivered.stream ||
         one.ack_floor.stream < other.ack_floor.stream;
}

void AddConfigs(const StreamConfigs& a, const StreamConfigs& b, std::int64_t now_ns,
                DiffReport& report) {
  std::size_t bytes = 0;
  for (Drift& drift : CompareStream(report.a.stream, a, b, now_ns)) {
    bytes += BytesOf(drift);
    if (bytes > kMostConfigBytes) {
      ++report.more_configs;
    } else {
      report.configs.push_back(std::move(drift));
    }
  }
}

// In a living stream consumers go on.
enum class Ahead : std::uint8_t { kDiffers, kIsAllowed };

void AddPositions(const Positions& a, const Positions& b, Ahead ahead, DiffReport& report) {
  for (const auto& [name, of_a] : a) {
    const auto found = b.find(name);
    if (found == b.end()) continue;
    const ConsumerPosition& of_b = found->second;
    if (of_a.delivered == of_b.delivered && of_a.ack_floor == of_b.ack_floor) continue;
    if (ahead == Ahead::kIsAllowed && !IsBehind(of_b, of_a)) continue;
    if (report.positions.size() >= kMostPositions) {
      ++report.more_positions;
    } else {
      report.positions.push_back({name, of_a, of_b});
    }
  }
}

void NoteStreams(DiffReport& report) {
  if (report.a.stream == report.b.stream) return;
  report.other_life = true;
  report.warnings.push_back("the two are of different streams, " + report.a.stream + " and " +
                            report.b.stream + ": equal sequences need not mean the same message");
}

void NoteLost(const Manifest& manifest, DiffReport& report) {
  if (manifest.lost.empty()) return;
  report.warnings.push_back("backup " + manifest.id + " lacks " +
                            std::to_string(manifest.lost.Count()) +
                            " messages that could not be read when it was made");
}

// What of the stream lies up to `last`, read of its leader.
Status ReadLiving(JetStream& server, const std::string& stream, const Manifest& manifest,
                  StreamState state, MessageDiff& diff, std::uint64_t& read,
                  const CancelToken& cancel) {
  state.last_sequence = std::min(state.last_sequence, manifest.state.last_sequence);
  JETKEEP_ASSIGN(const auto reader, server.ReadStream(stream, manifest.largest_message, cancel));
  Tail tail(*reader, 0, [&](const RecordView& record) { return diff.AddOfB(record); });
  JETKEEP_TRY(tail.ReadTo(state, nullptr));
  read = tail.messages();
  return diff.Finish();
}

std::uint64_t Less(std::uint64_t from, std::uint64_t less) { return from - std::min(from, less); }

// before and after: the stream's answers around the reading.
Status JudgeLiving(const StreamInfo& before, const StreamInfo& after, std::uint64_t read,
                   DiffReport& report) {
  const StreamState& first = before.state;
  const StreamState& last = after.state;
  if (before.created != after.created || last.last_sequence < first.last_sequence) {
    return Fail(Errc::kStreamChanged,
                "stream " + report.b.stream +
                    " was made anew, or lost its newest messages, while it was read",
                "Compare again.");
  }
  report.newer = Less(first.messages, read);
  report.left_meanwhile =
      Less(first.messages + (last.last_sequence - first.last_sequence), last.messages);
  return {};
}

}  // namespace

Result<DiffReport> CompareBackups(Repository& repository, const DiffSpec& spec,
                                  const CancelToken& cancel) {
  JETKEEP_ASSIGN(const Manifest a, repository.Load(spec.a));
  JETKEEP_TRY(CheckHasMessages(a));
  JETKEEP_ASSIGN(const Manifest b, repository.Load(spec.b));
  JETKEEP_TRY(CheckHasMessages(b));
  DiffReport report;
  report.a = SideOf(a);
  report.b = SideOf(b);
  NoteStreams(report);
  if (!report.other_life && a.lineage != b.lineage) {
    report.other_life = true;
    report.warnings.push_back(
        "the backups are of different lives of the stream, which was restored or made anew "
        "between them: equal sequences need not mean the same message");
  }
  NoteLost(a, report);
  if (a.id != b.id) NoteLost(b, report);
  AddConfigs(ConfigsOf(a), ConfigsOf(b), std::max(a.cut_time_ns, b.cut_time_ns), report);
  AddPositions(PositionsOf(a), PositionsOf(b), Ahead::kDiffers, report);
  JETKEEP_ASSIGN(const auto of_a, repository.OpenReader(a));
  JETKEEP_ASSIGN(const auto of_b, repository.OpenReader(b));
  CancellableRecords records_of_a(*of_a, cancel);
  CancellableRecords records_of_b(*of_b, cancel);
  MessageDiff diff(records_of_a, {&a.lost, &b.lost}, spec.limit, report);
  JETKEEP_TRY(records_of_b.ForEach([&](const RecordView& record) { return diff.AddOfB(record); }));
  JETKEEP_TRY(diff.Finish());
  return report;
}

Result<DiffReport> CompareWithStream(JetStream& server, Repository& repository,
                                     const DiffSpec& spec, const CancelToken& cancel) {
  JETKEEP_ASSIGN(const Manifest a, repository.Load(spec.a));
  JETKEEP_TRY(CheckHasMessages(a));
  DiffReport report;
  report.a = SideOf(a);
  report.b.stream = spec.live_stream.empty() ? a.stream : spec.live_stream;
  const std::string& stream = report.b.stream;
  JETKEEP_ASSIGN(const StreamInfo before, server.GetStream(stream));
  JETKEEP_ASSIGN(const std::vector<ConsumerInfo> consumers, server.Consumers(stream));
  report.b.state = before.state;
  report.b.time_ns = before.answered_ns;
  NoteStreams(report);
  if (!report.other_life && !a.stream_created.empty() && a.stream_created != before.created) {
    report.warnings.push_back("the backup's stream was made at " + a.stream_created +
                              ", the living one at " + before.created +
                              ": it was restored or made anew");
  }
  NoteLost(a, report);
  AddConfigs(ConfigsOf(a), ConfigsOf(before, consumers), before.answered_ns, report);
  AddPositions(PositionsOf(a), PositionsOf(consumers), Ahead::kIsAllowed, report);
  JETKEEP_ASSIGN(const auto of_a, repository.OpenReader(a));
  CancellableRecords records(*of_a, cancel);
  MessageDiff diff(records, {&a.lost, nullptr}, spec.limit, report);
  std::uint64_t read = 0;
  JETKEEP_TRY(ReadLiving(server, stream, a, before.state, diff, read, cancel));
  JETKEEP_ASSIGN(const StreamInfo after, server.GetStream(stream));
  JETKEEP_TRY(JudgeLiving(before, after, read, report));
  if (report.left_meanwhile > 0) {
    report.warnings.push_back(std::to_string(report.left_meanwhile) +
                              " messages left the stream while it was read: they may count as "
                              "only in the backup, or among the newer ones");
  }
  return report;
}

}  // namespace jetkeep
