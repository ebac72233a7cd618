#include "service/engine/verify/verify_job.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <string_view>
#include <utility>

#include "protocol/base/join.h"
#include "protocol/base/names.h"
#include "service/engine/describe.h"
#include "service/engine/sets/set_choice.h"
#include "service/engine/verify/drill.h"
#include "service/telemetry/log.h"
#include "service/work/backoff.h"

namespace jetkeep {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostNamed = 5;
constexpr int kReadAttempts = 3;
constexpr std::chrono::milliseconds kReadPause{100};
constexpr std::chrono::milliseconds kOrphanPause{1000};

// Whether the backup could not be looked at, for a reason of its own files.
bool IsUnread(Errc code) {
  return code == Errc::kStorageError || code == Errc::kRepositoryUnsupported;
}

}  // namespace

Result<VerifyReport> VerifyJob::Run(const VerifySpec& spec) {
  const auto begin = Clock::now();
  SetDetails set;
  if (!spec.set.empty()) {
    JETKEEP_ASSIGN(set, ChooseSet(job_.repository, spec.set));
  }
  const std::string& set_id = set.summary.id;
  job_.observer.OnStarted(set_id.empty() ? spec.backup : set_id, spec.stream);
  if (spec.drill && job_.server == nullptr) {
    return Fail(Errc::kNotConnected, "a drill needs a server, and there is none");
  }
  const bool all = spec.backup.empty() && spec.stream.empty() && spec.set.empty();
  std::vector<std::string> ids{spec.backup};
  if (!set_id.empty()) {
    ids = MembersOf(set);
  } else if (spec.backup.empty()) {
    if (!spec.stream.empty()) JETKEEP_TRY(CheckStreamName(spec.stream));
    JETKEEP_ASSIGN(ids, job_.repository.Ids(spec.stream, all ? nullptr : &unread_));
    if (!all && ids.empty() && unread_.empty()) {
      return Fail(Errc::kBackupNotFound, "there is no backup of stream " + spec.stream,
                  "List the backups to see which there are.");
    }
  }
  JETKEEP_TRY(Expect(ids, spec.drill));
  for (const std::string& id : ids) {
    const JobProgress before = progress_;
    const Result<Verification> verification = VerifyOne(id, spec.drill);
    Settle(id, before, verification.has_value());
    if (!verification) {
      // Deleted since the listing: no news, unless it was asked for.
      const Errc code = verification.error().code;
      const bool gone = code == Errc::kBackupNotFound || code == Errc::kBackupInUse;
      if (gone && !spec.set.empty()) {
        LackOf(set_id, id, StreamOf(id));
        continue;
      }
      if (gone && spec.backup.empty()) continue;
      // One that cannot be read does not keep the others from being verified.
      if (!spec.backup.empty() || !IsUnread(code)) return Fail(verification.error());
      unread_.push_back(Error(verification.error()).Within("backup " + id));
      continue;
    }
    ++report_.backups;
    if (!verification->ok) ++report_.damaged;
    Record(id, *verification);
  }
  if (all) {
    JETKEEP_TRY(Survey());
    JETKEEP_TRY(CheckSets());
  }
  Report(progress_);
  JETKEEP_TRY(NameUnread());
  WarnOfInexactCuts();
  report_.duration_seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return std::move(report_);
}

std::vector<std::string> VerifyJob::MembersOf(const SetDetails& set) {
  std::vector<std::string> ids;
  for (const SetMember& member : set.members) {
    if (member.backup.empty()) {
      report_.warnings.push_back("set " + set.summary.id + " holds no backup of stream " +
                                 member.stream +
                                 (member.error ? ": " + member.error->message : std::string()));
      continue;
    }
    ids.push_back(member.backup);
    streams_[member.backup] = member.stream;
  }
  return ids;
}

const std::string& VerifyJob::StreamOf(const std::string& id) const {
  static const std::string unknown;
  const auto found = streams_.find(id);
  return found == streams_.end() ? unknown : found->second;
}

void VerifyJob::LackOf(const std::string& set_id, const std::string& id,
                       const std::string& stream) {
  ++report_.damaged;
  report_.findings.push_back("set " + set_id + ": backup " + id + " of stream " + stream +
                             " was deleted");
}

Status VerifyJob::Survey() {
  JETKEEP_ASSIGN(RepositorySurvey survey, job_.repository.Survey());
  if (!survey.orphaned.empty()) {
    // A backup that is being deleted loses its manifest first: what stays is orphaned.
    JETKEEP_TRY(SleepFor(kOrphanPause, job_.cancel));
    JETKEEP_ASSIGN(RepositorySurvey later, job_.repository.Survey());
    const std::set<std::string_view> before(survey.orphaned.begin(), survey.orphaned.end());
    std::erase_if(later.orphaned, [&](const std::string& path) { return !before.contains(path); });
    survey = std::move(later);
  }
  for (std::string& unknown : survey.unknown) {
    report_.findings.push_back("unknown file " + std::move(unknown) +
                               "; no backup needs it and jetkeep leaves it alone");
  }
  for (const std::string& path : survey.orphaned) {
    report_.findings.push_back(
        "orphaned segment " + path +
        ": no manifest names it; the next start of `jetkeep serve` removes it, unless the manifest "
        "that belongs to it is put back before");
  }
  // A repository in which files lost their manifest is not whole, although no single backup is to
  // blame.
  if (!survey.unknown.empty() || !survey.orphaned.empty()) ++report_.damaged;
  for (Error& error : survey.unreadable) unread_.push_back(std::move(error));
  return {};
}

// Their documents: the backups that they name are verified as all others.
Status VerifyJob::CheckSets() {
  const Result<std::vector<std::string>> ids = job_.repository.sets().Ids();
  if (!ids) {
    unread_.push_back(ids.error());
    return {};
  }
  for (const std::string& id : *ids) {
    JETKEEP_TRY(job_.cancel.Check());
    const Result<SetDetails> set = job_.repository.LoadSet(id);
    if (set || set.error().code == Errc::kSetNotFound) continue;
    if (IsUnread(set.error().code)) {
      unread_.push_back(Error(set.error()).Within("set " + id));
      continue;
    }
    ++report_.damaged;
    report_.findings.push_back("set " + id + ": " + set.error().message +
                               "; nothing is wrong with its backups for that");
  }
  return {};
}

// What could not be read was not verified, so the run did not succeed. Damage that was found all
// the same is worse, and is reported with it.
Status VerifyJob::NameUnread() {
  if (unread_.empty()) return {};
  if (report_.damaged == 0) {
    Error error = unread_.front();
    const std::size_t more = unread_.size() - 1;
    if (more > 0) error.message += " (and " + std::to_string(more) + " more that cannot be read)";
    return Fail(std::move(error).Within("not everything could be verified"));
  }
  for (const Error& error : unread_) report_.findings.push_back("not read: " + error.message);
  return {};
}

Status VerifyJob::Expect(const std::vector<std::string>& ids, bool drill) {
  for (const std::string& id : ids) {
    JETKEEP_TRY(job_.cancel.Check());
    const Result<BackupSummary> summary = job_.repository.Summary(id, StreamOf(id));
    if (!summary) {
      if (summary.error().code == Errc::kBackupNotFound && ids.size() == 1 && streams_.empty())
        return Fail(summary.error());
      continue;
    }
    if (MadeBeforeExactCuts(*summary)) before_exact_cuts_.push_back(id);
    JobProgress& planned = planned_[id];
    planned.messages_expected = summary->messages;
    planned.bytes_expected = summary->stored_bytes;
    if (drill) {
      planned.bytes_expected += 2 * summary->raw_bytes;
      raw_bytes_[id] = summary->raw_bytes;
    }
    progress_.messages_expected += planned.messages_expected;
    progress_.bytes_expected += planned.bytes_expected;
  }
  return {};
}

void VerifyJob::Report(const JobProgress& progress) {
  // A file that is read again does not go back.
  if (progress.bytes_done < shown_bytes_) return;
  shown_bytes_ = progress.bytes_done;
  job_.observer.OnProgress(progress);
}

void VerifyJob::Settle(const std::string& id, const JobProgress& before, bool verified) {
  const JobProgress& planned = planned_[id];
  progress_.bytes_done = std::max(progress_.bytes_done, shown_bytes_);
  progress_.bytes_expected -= planned.bytes_expected;
  progress_.bytes_expected += progress_.bytes_done - before.bytes_done;
  if (verified) return;
  progress_.messages_expected -= planned.messages_expected;
  progress_.messages_expected += progress_.messages_done - before.messages_done;
}

void VerifyJob::WarnOfInexactCuts() {
  if (before_exact_cuts_.empty()) return;
  const std::size_t count = before_exact_cuts_.size();
  report_.warnings.push_back((count == 1 ? "backup " : "backups ") +
                             JoinFirst(before_exact_cuts_, kMostNamed) +
                             (count == 1 ? " was " : " were ") + BeforeExactCutsText());
}

Result<Verification> VerifyJob::VerifyOne(const std::string& id, bool drill) {
  JETKEEP_ASSIGN(const VerifyResult result, ReadOne(id));
  progress_.bytes_done += result.bytes_read;
  if (!drill) progress_.messages_done += result.messages;
  report_.bytes_read += result.bytes_read;
  for (const std::string& finding : result.findings) {
    report_.findings.push_back("backup " + id + ": " + finding);
  }
  Verification verification;
  verification.seen_ns = result.seen_ns;
  verification.ok = result.ok();
  verification.time_ns = job_.options.clock->Now();
  if (!drill) return verification;
  if (!result.ok()) {
    CountDrill(id);
    progress_.messages_done += result.messages;
    return verification;
  }
  JETKEEP_ASSIGN(const DrillResult drilled, RunDrill(id));
  CountDrill(id);
  progress_.messages_done += result.messages;
  for (const std::string& difference : drilled.differences) {
    report_.findings.push_back("backup " + id + ": " + difference);
  }
  for (const std::string& warning : drilled.warnings) {
    report_.warnings.push_back("drill of backup " + id + ": " + warning);
  }
  verification.ok = drilled.differences.empty();
  verification.drill = true;
  verification.time_ns = job_.options.clock->Now();
  return verification;
}

Result<DrillResult> VerifyJob::RunDrill(const std::string& id) {
  JETKEEP_ASSIGN(const Manifest manifest, job_.repository.Load(id, StreamOf(id)));
  const auto raw = static_cast<double>(raw_bytes_[id]);
  const auto messages = static_cast<double>(std::max<std::uint64_t>(manifest.state.messages, 1));
  JobProgress progress = progress_;
  const auto report = [&](double sent, std::uint64_t compared) {
    const double share = std::min(1.0, static_cast<double>(compared) / messages);
    const auto bytes = progress_.bytes_done + static_cast<std::uint64_t>(raw * (sent + share));
    // A drill that has to begin again does not go back.
    if (bytes < progress.bytes_done) return;
    progress.bytes_done = bytes;
    progress.messages_done = progress_.messages_done + compared;
    Report(progress);
  };
  Drill exercise(*job_.server, job_.repository, job_.options, job_.cancel, report);
  return exercise.Run(manifest);
}

void VerifyJob::CountDrill(const std::string& id) { progress_.bytes_done += 2 * raw_bytes_[id]; }

// What keeps a file from being read often passes: too many open files, a hiccup of the disk.
Result<VerifyResult> VerifyJob::ReadOne(const std::string& id) {
  JobProgress progress = progress_;
  for (int attempt = 1;; ++attempt) {
    auto result = job_.repository.Verify(
        id, job_.cancel,
        [&](std::uint64_t bytes_read) {
          progress.bytes_done = progress_.bytes_done + bytes_read;
          Report(progress);
        },
        StreamOf(id));
    if (result || result.error().code != Errc::kStorageError || attempt == kReadAttempts) {
      return result;
    }
    JETKEEP_TRY(SleepFor(kReadPause * attempt, job_.cancel));
  }
}

void VerifyJob::Record(const std::string& id, const Verification& verification) {
  const Status recorded = job_.repository.RecordVerification(id, verification, StreamOf(id));
  // A repository that can only be read can be verified all the same.
  if (!recorded) {
    log::Warn("the verification is not recorded",
              {{"backup", id}, {"error", recorded.error().message}});
  }
}

}  // namespace jetkeep
