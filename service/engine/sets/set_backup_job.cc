#include "service/engine/sets/set_backup_job.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "service/engine/sets/member_runner.h"
#include "service/engine/sets/set_failures.h"
#include "service/telemetry/log.h"
#include "service/work/guarded_call.h"
#include "service/work/ids.h"

namespace jetkeep {
namespace {

// A stream's warnings are kept with its backup; of a set's there are only so many.
constexpr std::size_t kMaxWarnings = 1'000;

bool IsOfTheServer(Errc code) {
  return code == Errc::kNotConnected || code == Errc::kNoResponders || code == Errc::kTimeout ||
         code == Errc::kTransferInterrupted;
}

bool IsOfTheDisk(Errc code) { return code == Errc::kStorageFull || code == Errc::kScratchFull; }

Error NotAnswered(const std::string& stream) {
  return {Errc::kServerBusy,
          "stream " + stream +
              " is offline, or its leader did not answer: the server knows its "
              "name and nothing else",
          "Look at the servers that hold it (`nats stream report`), then back it up again.", 0};
}

void AddUp(SetDetails& set) {
  SetSummary& summary = set.summary;
  std::sort(set.members.begin(), set.members.end(),
            [](const SetMember& a, const SetMember& b) { return a.stream < b.stream; });
  summary.streams = set.members.size();
  summary.condition = SetCondition::kComplete;
  for (const SetMember& member : set.members) {
    if (!member.good()) summary.condition = SetCondition::kPartial;
    if (member.error) ++summary.failed;
    if (member.backup.empty()) continue;
    summary.messages += member.messages;
    summary.bytes += member.bytes;
    summary.stored_bytes += member.stored_bytes;
    const std::int64_t cut = member.cut_time_ns;
    if (cut == 0) continue;
    summary.first_cut_ns = summary.first_cut_ns == 0 ? cut : std::min(summary.first_cut_ns, cut);
    summary.last_cut_ns = std::max(summary.last_cut_ns, cut);
  }
}

}  // namespace

Result<BackupSetReport> SetBackupJob::Run(const BackupSetSpec& spec) {
  Result<BackupSetReport> report = Make(spec);
  // One that stays is erased by whoever finds it standing still.
  if (lease_) static_cast<void>(lease_->Erase());
  return report;
}

Result<BackupSetReport> SetBackupJob::Make(const BackupSetSpec& spec) {
  accept_damaged_ = spec.accept_damaged;
  const std::int64_t started_ns = options_.clock->Now();
  JETKEEP_ASSIGN(const StreamListing listing, server_.ListStreams());
  JETKEEP_ASSIGN(const SetPlan plan, PlanSet(spec.selection, listing));

  SetDetails set;
  JETKEEP_ASSIGN(set.summary.id, repository_.sets().NewId(started_ns, RandomBits()));
  // Until the set is kept, nothing else tells that its backups belong to it.
  JETKEEP_ASSIGN(lease_, repository_.sets_being_made().Begin(set.summary.id));
  set.summary.account = repository_.account();
  set.summary.started_ns = started_ns;
  set.summary.metadata = spec.metadata;
  set.summary.config_only = spec.config_only;
  set.selection = spec.selection;
  observer_.OnStarted(set.summary.id, std::string(kAllStreams));
  if (const auto identity = server_.Server()) {
    set.summary.server_version = identity->version;
    set.summary.server_name = identity->name;
  }
  if (auto account = server_.Account()) {
    set.account_json = std::move(account->json);
  } else {
    set.account_unknown = account.error().message;
  }

  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  for (const auto& group : plan.groups) {
    for (const ListedStream& stream : group) {
      messages += stream.messages;
      bytes += stream.bytes;
    }
  }
  SetProgressView progress(observer_, plan.streams, messages, bytes);
  for (const std::string& stream : plan.unavailable) {
    SetMember& member = set.members.emplace_back();
    member.stream = stream;
    member.error = NotAnswered(stream);
    log::Warn("a stream of a set failed",
              {{"set", set.summary.id}, {"stream", stream}, {"error", member.error->message}});
    progress.End(stream, true, 0, 0);
  }
  for (const auto& group : plan.groups) {
    std::vector<SetMember> members(group.size());
    RunMembers(group.size(), spec.parallel, options_.thread_hook, [&](std::size_t i) {
      members[i].stream = group[i].name;
      BackUpMember(group[i], members[i], progress);
      if (!members[i].error) return;
      log::Warn("a stream of a set failed",
                {{"set", set.summary.id},
                 {"stream", members[i].stream},
                 {"err_code", TraitsOf(members[i].error->code).err_code},
                 {"error", members[i].error->message}});
    });
    std::move(members.begin(), members.end(), std::back_inserter(set.members));
    JETKEEP_TRY(cancel_.Check());
  }
  {
    const MutexLock lock(mutex_);
    set.warnings = warnings_;
  }
  return Keep(std::move(set));
}

void SetBackupJob::BackUpMember(const ListedStream& stream, SetMember& member,
                                SetProgressView& progress) {
  const auto observer = progress.Begin(stream.name, stream.messages, stream.bytes);
  const auto fail = [&](Error error) {
    member.error = std::move(error);
    progress.End(stream.name, true, 0, 0);
  };
  if (auto reason = stopped()) return fail(std::move(*reason).Within("not tried"));
  const auto pass = gate_.EnterAsMember(stream.name, stream.bytes, cancel_);
  if (!pass) return fail(pass.error());
  Result<BackupReport> report =
      GuardedCall<Result<BackupReport>>([&] { return backup_(stream.name, *observer); });
  if (!report) {
    ConsiderStopping(report.error());
    return fail(std::move(report).error());
  }
  const BackupSummary& backup = report->backup;
  member.backup = backup.id;
  member.damaged = backup.condition == BackupCondition::kDamaged;
  member.cut_time_ns = backup.cut_time_ns != 0 ? backup.cut_time_ns : backup.completed_ns;
  member.first_sequence = backup.first_sequence;
  member.last_sequence = backup.last_sequence;
  member.messages = backup.messages;
  member.bytes = backup.bytes;
  member.stored_bytes = backup.stored_bytes;
  if (member.damaged && !accept_damaged_) {
    member.error =
        Error{Errc::kStreamDamaged,
              "stream " + stream.name + " is damaged on the server" +
                  (report->warnings.empty() ? "" : ": " + report->warnings.front()),
              "What could be read is kept as backup " + backup.id + ", marked damaged.", 0};
  }
  {
    const MutexLock lock(mutex_);
    for (std::string& warning : report->warnings) {
      if (warnings_.size() >= kMaxWarnings) break;
      warnings_.push_back("stream " + stream.name + ": " + std::move(warning));
    }
  }
  progress.End(stream.name, member.error.has_value(), backup.messages, backup.bytes);
}

void SetBackupJob::ConsiderStopping(const Error& error) {
  if (cancel_.Cancelled()) {
    const MutexLock lock(mutex_);
    stopped_ = Error{Errc::kCancelled, "the job was cancelled", {}, 0};
    return;
  }
  if (IsOfTheServer(error.code)) {
    // Of one stream, or of all? Whoever can tell is asked something that no stream is needed for.
    const auto account = server_.Account();
    if (account || !IsOfTheServer(account.error().code)) return;
  } else if (!IsOfTheDisk(error.code)) {
    return;
  }
  const MutexLock lock(mutex_);
  if (!stopped_) stopped_ = error;
}

std::optional<Error> SetBackupJob::stopped() {
  if (cancel_.Cancelled()) return Error{Errc::kCancelled, "the job was cancelled", {}, 0};
  const MutexLock lock(mutex_);
  return stopped_;
}

Result<BackupSetReport> SetBackupJob::Keep(SetDetails set) {
  AddUp(set);
  const bool any = std::any_of(set.members.begin(), set.members.end(),
                               [](const SetMember& member) { return !member.backup.empty(); });
  if (!any) {
    Error first = *set.members.front().error;
    if (set.members.size() > 1) {
      first = std::move(first).Within("none of " + std::to_string(set.members.size()) +
                                      " streams could be backed up; first " +
                                      set.members.front().stream);
    }
    return Fail(std::move(first));
  }
  set.summary.completed_ns = options_.clock->Now();
  Status kept = lease_->Check();
  if (kept) kept = repository_.sets().Add(set);
  if (!kept) {
    return Fail(std::move(kept).error().Within("the set is not kept, its backups are"));
  }
  BackupSetReport report;
  report.failures = FailuresOf(set.members);
  report.set = std::move(set.summary);
  report.warnings = std::move(set.warnings);
  report.duration_seconds =
      static_cast<double>(report.set.completed_ns - report.set.started_ns) / 1e9;
  return report;
}

}  // namespace jetkeep
