#include "tests/unit/service/control/fake_engine.h"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>

namespace jetkeep::testing {
namespace {

BackupSummary Summary(const std::string& id, const std::string& stream) {
  BackupSummary backup;
  backup.id = id;
  backup.account = "$G";
  backup.stream = stream;
  backup.lineage = "l";
  backup.messages = 1000;
  backup.bytes = 64'000;
  return backup;
}

}  // namespace

Result<BackupReport> FakeEngine::Backup(const BackupSpec& spec, JobObserver& observer,
                                        const CancelToken& cancel) {
  ++runs_;
  if (spec.stream == "BROKEN") return Fail(Errc::kStorageFull, "no space left", "Make room.");
  observer.OnStarted("b-" + spec.stream, spec.stream);
  if (spec.stream == "RETRY") {
    observer.OnRetry(1, Error{Errc::kFlowTimeout, "the server gave up", {}}, 10);
  }
  JobProgress progress;
  progress.messages_expected = 1000;
  progress.bytes_expected = 64'000;
  while (spec.stream.starts_with("SLOW") && !released_) {
    JETKEEP_TRY(cancel.Check());
    progress.messages_done += progress.messages_done < 900 ? 1 : 0;
    progress.bytes_done = progress.messages_done * 64;
    observer.OnProgress(progress);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  BackupReport report;
  report.backup = Summary("b-" + spec.stream, spec.stream);
  return report;
}

Result<RestoreReport> FakeEngine::Restore(const RestoreSpec& spec, JobObserver& observer,
                                          const CancelToken&) {
  ++runs_;
  RestoreReport report;
  report.stream = spec.stream.empty() ? "ORDERS" : spec.stream;
  report.backup = Summary("b1", report.stream);
  observer.OnStarted("b1", report.stream);
  report.messages = 1000;
  return report;
}

Result<RestorePreview> FakeEngine::PreviewRestore(const RestoreSpec& spec,
                                                  const CancelToken& cancel) {
  if (spec.backup == "none") return Fail(Errc::kBackupNotFound, "backup none was not found");
  while (spec.stream.starts_with("SLOW") && !released_) {
    JETKEEP_TRY(cancel.Check());
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  RestorePreview preview;
  preview.stream = spec.stream.empty() ? "ORDERS" : spec.stream;
  preview.backup = Summary(spec.backup.empty() ? "b1" : spec.backup, preview.stream);
  preview.config_json = R"({"name":"ORDERS"})";
  preview.consumers_sent = {"c"};
  preview.consumers_created = {"memory"};
  preview.left_out = {"stream ORDERS: first_seq is left out"};
  preview.unchecked = {"the server's free disk space"};
  if (spec.backup == "refused") {
    preview.refusals = {{Errc::kStreamExists, "stream ORDERS already exists", "Delete it.", 0},
                        {Errc::kLimitTooSmall, "max_storage is too small", "Raise it.", 0}};
  }
  return preview;
}

Result<VerifyReport> FakeEngine::Verify(const VerifySpec& spec, JobObserver&, const CancelToken&) {
  ++runs_;
  VerifyReport report;
  if (spec.stream == "LONG") report.findings.assign(200, std::string(2000, 'f'));
  report.backups = 1;
  return report;
}

Status FakeEngine::CheckStream(const std::string& stream) {
  if (stream == "MISSING") return Fail(Errc::kStreamNotFound, "stream MISSING was not found");
  return {};
}

Result<BackupListing> FakeEngine::List(const std::string& stream) {
  BackupListing listing;
  if (stream == "MISSING") return listing;
  for (std::size_t i = 0; i < backups; ++i)
    listing.backups.push_back(Summary("b" + std::to_string(i), "ORDERS"));
  listing.warnings = {"manifest x: damaged"};
  return listing;
}

Result<BackupDetails> FakeEngine::Show(const std::string& backup_id) {
  if (backup_id == "none") return Fail(Errc::kBackupNotFound, "backup none was not found");
  if (backup_id == "throws") throw std::runtime_error("a defect");
  BackupDetails details;
  details.summary = Summary(backup_id, "ORDERS");
  details.config_json = R"({"name":"ORDERS"})";
  details.consumers.resize(consumers);
  for (ConsumerSummary& consumer : details.consumers) {
    consumer.config_json = "{\"description\":\"" + std::string(200, 'x') + "\"}";
  }
  return details;
}

Status FakeEngine::Delete(const DeleteSpec& spec) {
  if (spec.backup == "none") return Fail(Errc::kBackupNotFound, "backup none was not found");
  if (spec.backup == "last" && !spec.last)
    return Fail(Errc::kLastBackup, "backup last is the last");
  return {};
}

namespace {

SetSummary Summary(std::uint64_t failed) {
  SetSummary set;
  set.id = kSetId;
  set.account = "$G";
  set.condition = failed == 0 ? SetCondition::kComplete : SetCondition::kPartial;
  set.streams = 3;
  set.failed = failed;
  set.messages = 10;
  set.first_cut_ns = 1'000'000'000;
  set.last_cut_ns = 3'000'000'000;
  set.metadata = {{"backup", "daily"}};
  set.server_version = "2.10.27";
  return set;
}

const MemberFailure kFailure{"BROKEN", "", {Errc::kStreamDamaged, "broken", "Mend it.", 0}};

bool AnyBroken(const std::vector<std::string>& streams) {
  return std::find(streams.begin(), streams.end(), "BROKEN") != streams.end();
}

}  // namespace

Result<BackupSetReport> FakeEngine::BackupSet(const BackupSetSpec& spec, JobObserver& observer,
                                              const CancelToken&) {
  ++runs_;
  observer.OnStarted(kSetId, std::string(kAllStreams));
  JobProgress progress;
  progress.set = {1, 0, 3, {{"ORDERS", 1, 2, 3}}};
  observer.OnProgress(progress);
  BackupSetReport report;
  const bool broken = AnyBroken(spec.selection.streams);
  report.set = Summary(broken ? 1 : 0);
  if (broken) report.failures.push_back(kFailure);
  return report;
}

Result<RestoreSetReport> FakeEngine::RestoreSet(const RestoreSetSpec& spec, JobObserver& observer,
                                                const CancelToken&) {
  observer.OnStarted(kSetId, std::string(kAllStreams));
  RestoreSetReport report;
  const bool broken = AnyBroken(spec.streams);
  report.set = Summary(0);
  report.streams = 3;
  report.failed = broken ? 1 : 0;
  if (broken) report.failures.push_back(kFailure);
  return report;
}

Status FakeEngine::CheckSelection(const SetSelection& selection) {
  for (const std::string& pattern : selection.streams) {
    if (pattern.starts_with("NONE")) return Fail(Errc::kStreamNotFound, "no stream matches");
  }
  return {};
}

Result<SetListing> FakeEngine::Sets() { return SetListing{{Summary(0)}, {"a warning"}}; }

Result<BackupMessage> FakeEngine::Get(const MessageReference& reference) {
  if (reference.backup == "none") return Fail(Errc::kBackupNotFound, "backup none was not found");
  if (reference.sequence > 2) return Fail(Errc::kMessageNotFound, "it was deleted");
  BackupMessage message{1, 1'700'000'000'000'000'000, "orders.1", "NATS/1.0\r\nA: b\r\n\r\n",
                        "created"};
  if (reference.sequence == 2) message.payload = std::string(2 << 20, 'x');
  return message;
}

Result<MessagePage> FakeEngine::Messages(const PageRequest& request, const CancelToken&) {
  MessagePage page;
  const std::uint64_t first = std::max<std::uint64_t>(request.selection.first_sequence, 1);
  for (std::uint64_t sequence = first; sequence < first + 10 && sequence <= 100; ++sequence) {
    page.messages.push_back({sequence, 1'700'000'000'000'000'000,
                             "orders." + std::to_string(sequence), "",
                             std::string(200 << 10, 'x')});
  }
  if (first + 10 <= 100) page.next_sequence = first + 10;
  return page;
}

Result<BackupStats> FakeEngine::Stats(const StatsSpec& spec, const CancelToken&) {
  if (spec.backup == "none") return Fail(Errc::kBackupNotFound, "no such backup");
  BackupStats stats;
  stats.backup = spec.backup;
  stats.stream = "ORDERS";
  stats.by = spec.by;
  for (std::uint64_t i = 0; i < differences; ++i) {
    stats.subjects.push_back({"orders." + std::to_string(i), {1, 50, i + 1, i + 1, 7, 7}});
  }
  stats.total = {differences, 50 * differences, 1, differences, 7, 7};
  stats.all_subjects = differences;
  stats.periods = {{0, stats.total}};
  return stats;
}

Result<DiffReport> FakeEngine::Diff(const DiffSpec& spec, const CancelToken&) {
  if (spec.a == "none") return Fail(Errc::kBackupNotFound, "no such backup");
  DiffReport report;
  report.a = {spec.a, "ORDERS", {}, 1};
  report.b = {spec.b, spec.live_stream.empty() ? "ORDERS" : spec.live_stream, {}, 0};
  for (std::uint64_t i = 0; i < differences; ++i) {
    report.messages.push_back({MessageChange::kOnlyInA, i + 1, "orders.new"});
  }
  report.only_in_a = differences;
  return report;
}

Result<SetDetails> FakeEngine::ShowSet(const std::string& set_id) {
  if (set_id != kSetId && set_id != kLatestSet) return Fail(Errc::kSetNotFound, "no such set");
  SetDetails set;
  set.summary = Summary(0);
  set.selection.streams = {"*"};
  set.account_json = R"({"memory":0})";
  SetMember member;
  member.stream = "ORDERS";
  member.backup = "b1";
  set.members = {member};
  return set;
}

Result<DeletedSet> FakeEngine::DeleteSet(const std::string& set_id, bool) {
  if (set_id != kSetId) return Fail(Errc::kSetNotFound, "no such set");
  return DeletedSet{3, {"backup b1 is pinned"}};
}

Result<RepublishReport> FakeEngine::Republish(const RepublishSpec& spec, JobObserver& observer,
                                              const CancelToken& cancel) {
  ++runs_;
  observer.OnStarted(spec.backup, "ORDERS");
  if (spec.backup == "slow") {
    while (!cancel.Cancelled()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return Fail(Errc::kCancelled, "the job was cancelled; 3 messages are published");
  }
  if (spec.backup == "refused") return Fail(Errc::kNoResponders, "no stream takes it");
  RepublishReport report;
  report.backup = spec.backup;
  report.stream = "ORDERS";
  report.into = spec.into;
  report.dry_run = spec.dry_run;
  report.selected = 10;
  report.living = 1;
  report.messages = 9;
  report.sequences = {{2, 10}};
  report.warnings = spec.reserved;
  return report;
}

Status FakeEngine::Pin(const PinSpec& spec) {
  if (!spec.set.empty() && spec.set != kSetId) return Fail(Errc::kSetNotFound, "no such set");
  return {};
}

Status FakeEngine::Unpin(const PinSpec& spec) { return Pin(spec); }

Result<DriftReport> FakeEngine::CheckDrift(const DriftSpec& spec, const CancelToken&) {
  if (spec.backup == "none") return Fail(Errc::kBackupNotFound, "no such backup");
  DriftReport report;
  report.backup = spec.backup;
  report.set = spec.set;
  report.streams = spec.configs.empty() ? 1 : spec.configs.size();
  for (const DriftKind kind : {DriftKind::kStreamMissing, DriftKind::kStreamExtra}) {
    report.differences.push_back({kind, "ORDERS"});
  }
  for (const DriftKind kind : {DriftKind::kConsumerMissing, DriftKind::kConsumerExtra}) {
    report.differences.push_back({kind, "ORDERS", "c"});
  }
  report.differences.push_back({DriftKind::kFieldDiffers, "ORDERS", "", "max_msgs", "5", ""});
  for (std::size_t i = 0; i < differences; ++i) {
    report.differences.push_back({DriftKind::kFieldDiffers, "ORDERS", "c" + std::to_string(i),
                                  "filter_subject", R"("a.>")", R"({"x":[1]})"});
  }
  report.unknown = {{"FAR", "offline"}};
  return report;
}

Result<PruneReport> FakeEngine::Prune(const PruneSpec& spec, const CancelToken&) {
  if (spec.streams == std::vector<std::string>{"none"}) {
    return Fail(Errc::kBackupNotFound, "no such backup");
  }
  PruneReport report;
  report.decisions = {{kSetId, "", 1, 0, true, {"last 1"}, {}},
                      {"b2", "ORDERS", 2, 10, true, {"last 1", "newest good one"}, {}}};
  for (std::size_t i = 0; i < backups; ++i) {
    report.decisions.push_back({"b1", "ORDERS", 1, 10, false, {"no rule keeps it"}, {}});
  }
  report.stays = 2;
  report.removed = backups;
  report.removed_bytes = 10 * backups;
  return report;
}

}  // namespace jetkeep::testing
