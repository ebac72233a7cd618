#include "service/engine/backup/backup_job.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>

#include "protocol/archive/snapshot_reader.h"
#include "protocol/base/join.h"
#include "protocol/js_api/server_version.h"
#include "protocol/js_config/restore_token.h"
#include "protocol/js_config/stream_config.h"
#include "protocol/repository/backup_id.h"
#include "protocol/sequences/sequences_text.h"
#include "service/engine/backup/being_restored.h"
#include "service/engine/backup/consumers.h"
#include "service/engine/backup/count_records.h"
#include "service/engine/backup/exact_cut.h"
#include "service/engine/backup/lineage.h"
#include "service/engine/backup/read_through.h"
#include "service/engine/backup/settled_leader.h"
#include "service/engine/backup/subject_rules.h"
#include "service/work/ids.h"

namespace jetkeep {
namespace {

constexpr std::size_t kMostNamed = 5;

constexpr int kMostRangesNamed = 8;

constexpr std::uint32_t kServersChunkBytes = 128 * 1024;
constexpr std::uint64_t kSmallStreamBytes = 96 * 1024;

StreamState StateOfCut(const StreamState& answered, const CutVerdict& verdict) {
  StreamState state = answered;
  state.messages = verdict.messages;
  state.num_deleted = verdict.deleted.Count() + verdict.lost.Count();
  return state;
}

// Whether the cut may hold more of a subject than max_msgs_per_subject allows: a server carries out
// a limit that is new or was lowered message by message, and answers before and meanwhile; one
// before 2.10 removes nothing during a snapshot.
bool MayHaveSurplus(const ServerIdentity& server, const StreamState& state,
                    const StreamConfigFacts& facts) {
  if (facts.max_per_subject == 0) return false;
  return !KeepsLimitsDuringSnapshots(server.version) || state.num_subjects == 0 ||
         state.messages > state.num_subjects;
}

std::string Describe(const ArchiveDamage& damage) { return damage.where + ": " + damage.what; }

}  // namespace

Result<BackupReport> BackupJob::Run(const std::string& stream, bool keep_damaged) {
  const auto begin = std::chrono::steady_clock::now();
  // A cluster does not answer a snapshot request for a stream that is not there, so this comes
  // first.
  JETKEEP_ASSIGN(const StreamInfo before, job_.server->GetStream(stream));
  JETKEEP_TRY(CheckNotBeingRestored(before.config_json, stream));
  JETKEEP_ASSIGN(const ServerIdentity identity, job_.server->Server());

  const std::int64_t started_ns = job_.options.clock->Now();
  LineageCheck lineage_check(
      [&](std::uint64_t sequence) { return job_.server->NextMessage(stream, sequence); },
      job_.repository, stream);
  JETKEEP_ASSIGN(const LineageChoice choice, lineage_check.Choose(before));
  const std::string& lineage = choice.lineage;
  if (!choice.warning.empty()) warnings_.push_back(choice.warning);
  const std::string id = NewBackupIdAbove(choice.ids, started_ns, RandomBits());
  JETKEEP_ASSIGN(const auto writer, job_.repository.BeginBackup(stream, lineage, id));
  writer->Watch(lineage_check.Watched());
  job_.observer.OnStarted(writer->id(), stream);

  JETKEEP_ASSIGN(CaptureResult capture, Take(stream, before, *writer));
  // Consumers first: where they stand may lag behind the cut, never lead it.
  JETKEEP_ASSIGN(std::vector<ConsumerInfo> listed, job_.server->Consumers(stream));
  JETKEEP_ASSIGN(const StreamConfigFacts begun_as, ReadStreamConfig(before.config_json));
  const auto confirm = [&](bool last) -> Result<bool> {
    JETKEEP_ASSIGN(std::vector<ConsumerInfo> now, job_.server->Consumers(stream));
    if (!CutNeedsLaterList(listed, now)) return true;
    if (last && !begun_as.removes_on_ack) {
      // Where clients come and go somebody is always new, and no message waits for them.
      if (const auto names = OnlyNew(listed, now); !names.empty()) {
        warnings_.push_back(
            "consumers that were created just before the cut are not in the backup: " +
            JoinFirst(names, kMostNamed));
        return true;
      }
    }
    // What the snapshot has of a consumer that was made anew is another life's.
    const std::set<std::string> anew = MadeAnew(listed, now);
    std::erase_if(capture.captured.consumers,
                  [&](const ConsumerBackup& consumer) { return anew.contains(consumer.name); });
    listed = std::move(now);
    return false;
  };
  JETKEEP_ASSIGN(const auto reader,
                 job_.server->ReadStream(stream, capture.captured.largest_record, job_.cancel));
  std::string leader;
  if (!before.replicas.empty() && !LeadsWithAllApplied(identity.version)) {
    // Watched behind the copy: during a long one the leader may have changed, and come back.
    JETKEEP_ASSIGN(const StreamInfo copied, job_.server->GetStream(stream));
    JETKEEP_ASSIGN(leader, AwaitSettledLeader(*job_.server, stream, copied.leader,
                                              std::chrono::steady_clock::now(), job_.cancel));
  }
  CutLimits limits = job_.options.cut;
  limits.trims_at_once = KeepsLimitsDuringSnapshots(identity.version);
  JETKEEP_ASSIGN(Cut cut, ReachCut(*reader, stream, before.created, capture, *writer, limits,
                                   job_.cancel, confirm));
  if (!leader.empty() && cut.info.leader != leader) return LeaderChanged(stream);
  JETKEEP_TRY(CheckNotBeingRestored(cut.info.config_json, stream));
  CutVerdict& verdict = cut.verdict;
  JETKEEP_TRY(CheckDamage(capture, verdict, keep_damaged));
  JETKEEP_ASSIGN(const StreamConfigFacts facts, ReadStreamConfig(cut.info.config_json));
  if (MayHaveSurplus(identity, cut.info.state, facts) && verdict.lost.empty()) {
    JETKEEP_TRY(LeaveOutSurplus(facts, *writer, cut));
  }
  const std::int64_t now_ns = job_.options.clock->Now();
  ConsumersOfCut consumers = capture.archive.format == ArchiveFormat::kNone
                                 ? RebuildConsumers(listed, cut.info.state.last_sequence, now_ns)
                                 : MergeConsumers(std::move(capture.captured.consumers), listed,
                                                  cut.info.state.last_sequence, now_ns);
  for (std::string& warning : consumers.warnings) warnings_.push_back(std::move(warning));
  JETKEEP_TRY(job_.cancel.Check());

  Manifest manifest;
  manifest.account = job_.repository.account();
  manifest.stream = stream;
  manifest.lineage = lineage.empty() ? id : lineage;
  manifest.started_ns = started_ns;
  manifest.condition =
      verdict.lost.empty() ? BackupCondition::kComplete : BackupCondition::kDamaged;
  manifest.exact_cut = verdict.lost.empty();
  manifest.cut_time_ns = cut.info.answered_ns;
  manifest.config_json = WithoutRestoreToken(cut.info.config_json);
  manifest.stream_created = cut.info.created;
  manifest.state_json = cut.info.state_json;
  manifest.state = StateOfCut(cut.info.state, verdict);
  manifest.state.consumer_count = consumers.consumers.size();
  manifest.server = identity;
  manifest.archive_format = capture.archive.format;
  manifest.consumers = std::move(consumers.consumers);
  manifest.deleted = std::move(verdict.deleted);
  manifest.lost = std::move(verdict.lost);
  manifest.damage = std::move(capture.captured.damage);
  // The server's figures include lost messages, and those before 2.10 lose count where a snapshot
  // keeps them from removing a message.
  const std::uint64_t server_bytes = manifest.state.bytes;
  const bool loses_count = !KeepsLimitsDuringSnapshots(identity.version);
  if (!manifest.lost.empty() || loses_count) {
    JETKEEP_TRY(CountRecords(*writer, facts.in_memory, manifest));
  }
  if (manifest.lost.empty() && manifest.state.bytes != server_bytes) {
    warnings_.push_back("the server counts " + std::to_string(server_bytes) +
                        " bytes, the messages of the backup have " +
                        std::to_string(manifest.state.bytes));
  }
  manifest.warnings = warnings_;
  JETKEEP_TRY(lineage_check.Confirm(*writer, manifest));
  JETKEEP_ASSIGN(const Manifest written,
                 writer->Finish(std::move(manifest), job_.options.clock->Now()));
  BackupSummary summary = written.Summary();

  job_.observer.OnProgress({summary.messages, summary.messages, summary.bytes, summary.bytes});
  BackupReport report;
  report.cut = cut.figures;
  report.backup = std::move(summary);
  report.duration_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  report.warnings = std::move(warnings_);
  return report;
}

Result<CaptureResult> BackupJob::Take(const std::string& stream, const StreamInfo& before,
                                      BackupWriter& writer) {
  CaptureOptions options{job_.options.snapshot, job_.options.spool};
  // One chunk of the server's own size holds it: no larger one need be thought of, which costs a
  // round trip.
  if (options.snapshot.chunk_bytes == 0 && before.state.bytes < kSmallStreamBytes) {
    options.snapshot.chunk_bytes = kServersChunkBytes;
  }
  auto captured = Capture(*job_.server, stream, options, writer, job_.observer, job_.cancel);
  if (captured || !RefusesForMemory(before, captured.error())) return captured;
  warnings_.emplace_back(
      "the server makes no snapshot of a stream in memory before 2.15: its messages were read one "
      "by one, and its consumers were rebuilt from the server's information");
  return ReadThrough(*job_.server, stream, before, writer, job_.observer, job_.cancel);
}

Status BackupJob::LeaveOutSurplus(const StreamConfigFacts& facts, BackupWriter& writer, Cut& cut) {
  StreamState& state = cut.info.state;
  JETKEEP_ASSIGN(const Replaced surplus,
                 FindReplaced(writer, state, cut.verdict.deleted, {facts.max_per_subject, false},
                              facts.in_memory, job_.cancel));
  if (surplus.sequences.empty()) return {};
  const std::uint64_t count = surplus.sequences.Count();
  warnings_.push_back(
      "the stream held " + std::to_string(count) +
      " messages more than max_msgs_per_subject allows, which the server had not removed yet; the "
      "backup is without them");
  cut.verdict.deleted.Union(surplus.sequences);
  cut.verdict.messages -= count;
  state.bytes -= std::min(state.bytes, surplus.bytes);
  if (surplus.first_sequence > state.first_sequence) {
    state.first_sequence = surplus.first_sequence;
    state.first_time_ns = surplus.first_time_ns;
    cut.verdict.deleted.RemoveRange(1, state.first_sequence - 1);
  }
  return {};
}

Status BackupJob::CheckDamage(const CaptureResult& capture, const CutVerdict& verdict,
                              bool keep_damaged) {
  const Captured& captured = capture.captured;
  if (verdict.lost.empty() && captured.damage.empty()) return {};
  if (verdict.lost.empty() && !capture.HasErrorsFile()) {
    // Nothing that is part of the stream: the cut is proved.
    warnings_.push_back(
        "the server's files are damaged, but no message of this backup is affected; first: " +
        Describe(captured.damage.front()));
    return {};
  }
  std::string what = captured.damage.empty() ? std::string("the archive ends well but is short")
                                             : Describe(captured.damage.front());
  if (!verdict.lost.empty()) {
    what += "; " + std::to_string(verdict.lost.Count()) + " messages are missing, sequences " +
            SequencesText(verdict.lost, kMostRangesNamed);
  }
  if (keep_damaged && !verdict.lost.empty()) {
    warnings_.push_back(what);
    return {};
  }
  return Fail(
      Errc::kSnapshotIncomplete, std::move(what),
      "The server could not read its own files, or removed messages while they were copied.");
}

}  // namespace jetkeep
