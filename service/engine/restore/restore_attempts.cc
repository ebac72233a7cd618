#include "service/engine/restore/restore_attempts.h"

#include <string>
#include <utility>

#include "service/engine/describe.h"
#include "service/engine/retry.h"
#include "service/telemetry/log.h"
#include "service/work/ids.h"

namespace jetkeep {
namespace {

constexpr int kTriesToUnpack = 2;
// Each after a clean-up that ended.
constexpr int kTriesAtName = 3;

// After a restore found the name taken: waits for a clean-up that began meanwhile. True if the name
// is free then. What was waited for is put into `waited`.
Result<bool> NameBecameFree(const RestoreTools& tools, const std::string& stream,
                            std::string& waited, const CancelToken& cancel) {
  JETKEEP_ASSIGN(std::string waited_now, tools.recovery->Await({stream}, cancel));
  if (!waited_now.empty()) waited = std::move(waited_now);
  if (tools.recovery->RestoredElsewhere(stream)) return false;
  const auto live = tools.server.GetStream(stream);
  return !live && live.error().code == Errc::kStreamNotFound;
}

// What an earlier attempt left may still be there, or appear, whatever the later ones did.
void Note(RestoreJob& job, PartOfRestore& part) {
  RestoreInProgress made = job.made();
  if (part.removal_failed) {
    made.verdict_came = made.verdict_came && part.made.verdict_came;
    made.all_sent = made.all_sent || part.made.all_sent;
  }
  part.made = std::move(made);
  part.removal_failed = part.removal_failed || job.removal_failed();
  part.unknown = false;
}

}  // namespace

Result<RestoreReport> RunRestoreAttempts(const RestoreTools& tools, const Manifest& manifest,
                                         RestoreTarget target, JobObserver& observer,
                                         const CancelToken& cancel, PartOfRestore* part) {
  int not_unpacked = 0;
  bool left_one_more_out = false;
  bool stays_whole = false;
  RestoreRecovery* const recovery = part == nullptr ? tools.recovery : nullptr;
  const auto run = [&] {
    RestoreJob job({&tools.server, tools.repository, tools.options, observer, cancel},
                   part == nullptr ? nullptr : &part->prepared);
    if (part != nullptr) part->unknown = true;  // an exception leaves it so
    Result<RestoreReport> report = job.Run(manifest, target);
    if (part != nullptr) Note(job, *part);
    if (job.server_did_not_unpack()) ++not_unpacked;
    stays_whole = job.stays_whole();
    left_one_more_out = target.skip_refused_consumers && !job.refused_consumer().empty() &&
                        target.refused_consumers.insert(job.refused_consumer()).second;
    // Where the clean-up did not succeed, the record is still there.
    if (!report && recovery != nullptr) recovery->Scan();
    return report;
  };
  const auto attempt = [&]() -> Result<RestoreReport> {
    if (recovery == nullptr) return run();
    JETKEEP_ASSIGN(std::string waited, recovery->Await({target.stream}, cancel));
    Result<RestoreReport> report = run();
    for (int tries = 1; !report && tries < kTriesAtName; ++tries) {
      if (report.error().code != Errc::kStreamExists) break;
      JETKEEP_ASSIGN(const bool free, NameBecameFree(tools, target.stream, waited, cancel));
      if (!free) break;
      report = run();
    }
    if (report && !waited.empty()) report->warnings.push_back(std::move(waited));
    return report;
  };
  const auto may_repeat = [&](const Error& error) {
    // The archive was verified before it was sent. An unpack error is corruption in transit (try
    // once more) or a fault of the server (it fails the same way again).
    // Another attempt would find a whole stream and say that its name is taken.
    return !stays_whole && (error.Retryable() || left_one_more_out ||
                            (error.code == Errc::kServerError && not_unpacked > 0 &&
                             not_unpacked < kTriesToUnpack));
  };
  Result<RestoreReport> report =
      RunWithRetries<RestoreReport>(tools.options.retry, observer, cancel, attempt, may_repeat);
  const bool stays = part == nullptr &&
                     (report || stays_whole || report.error().code == Errc::kRestoreNotCurrent ||
                      report.error().code == Errc::kRestoreMismatch);
  if (stays) {
    NoteRestored(tools, target.account.empty() ? manifest.account : target.account, target.stream);
  }
  if (report) WarnOfInexactCut(manifest, report->warnings);
  return report;
}

void WarnOfInexactCut(const Manifest& manifest, std::vector<std::string>& warnings) {
  if (!MadeBeforeExactCuts(manifest.Summary())) return;
  warnings.push_back("backup " + manifest.id + " was " + BeforeExactCutsText());
}

void NoteRestored(const RestoreTools& tools, const std::string& account,
                  const std::string& stream) {
  Repository& repository = tools.options.server_repository != nullptr
                               ? *tools.options.server_repository
                               : tools.repository;
  const Status noted =
      repository.NoteRestored(account, stream, tools.options.clock->Now(), RandomBits());
  if (!noted) {
    log::Warn("cannot note the restore beside the backups",
              {{"stream", stream}, {"error", noted.error().message}});
  }
}

}  // namespace jetkeep
