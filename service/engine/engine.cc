#include "service/engine/engine.h"

#include <utility>

#include "protocol/base/names.h"
#include "service/engine/backup/backup_job.h"
#include "service/engine/describe.h"
#include "service/engine/restore/restore_job.h"
#include "service/engine/restore/restore_recovery.h"
#include "service/engine/retry.h"
#include "service/engine/verify/verify_job.h"
#include "service/telemetry/log.h"
#include "service/work/ids.h"

namespace jetkeep {
namespace {

// Damage that a second, independent copy shows again is on the server's disk, not on the way.
constexpr int kAttemptsAtDamage = 2;
constexpr int kTriesToUnpack = 2;
// Each has tried many times by itself already.
constexpr int kAttemptsAtCut = 2;
// Whatever the first attempt failed for, the next takes no risk: half a server's own choice. Not
// all servers say that they gave up waiting for the acknowledgement of a chunk.
constexpr std::uint32_t kChunkBytesOfSecondAttempts = 64 * 1024;

// Whether a restore failed because of what is, or is not, in the repository.
bool CannotBeRead(const Error& error) {
  return error.code == Errc::kRepositoryCorrupt || error.code == Errc::kRepositoryUnsupported ||
         error.code == Errc::kStorageError;
}

class EngineImpl : public Engine {
 public:
  EngineImpl(JetStream& server, Repository& repository, const EngineOptions& options)
      : server_(server), repository_(repository), options_(options) {
    if (!options_.recover_restores) return;
    recovery_ = std::make_unique<RestoreRecovery>(server_, repository_);
    recovery_->Scan();
  }

  Result<BackupReport> Backup(const BackupSpec& spec, JobObserver& observer,
                              const CancelToken& cancel) override {
    JETKEEP_TRY(CheckStreamName(spec.stream));
    int damaged_attempts = 0;
    int attempts_at_cut = 0;
    EngineOptions options = options_;
    const auto attempt = [&]() -> Result<BackupReport> {
      const bool keep_damaged = damaged_attempts >= kAttemptsAtDamage - 1;
      BackupJob job(server_, repository_, options, observer, cancel);
      return job.Run(spec.stream, keep_damaged);
    };
    const auto may_repeat = [&](const Error& error) {
      if (error.code == Errc::kSnapshotIncomplete) ++damaged_attempts;
      if (error.code == Errc::kCutNotReached && ++attempts_at_cut >= kAttemptsAtCut) return false;
      if (options.snapshot.chunk_bytes == 0) {
        options.snapshot.chunk_bytes = kChunkBytesOfSecondAttempts;
      }
      return error.Retryable();
    };
    auto outcome =
        RunWithRetries<BackupReport>(options_.retry, observer, cancel, attempt, may_repeat);
    if (!outcome) {
      Error error = std::move(outcome).error();
      if (error.code == Errc::kCutNotReached) {
        error.message += "; attempt " + std::to_string(attempts_at_cut) + " of " +
                         std::to_string(kAttemptsAtCut) + " that looked for a cut";
      }
      return Fail(std::move(error));
    }
    BackupReport report = *std::move(outcome);
    if (report.backup.condition == BackupCondition::kDamaged && !spec.accept_damaged) {
      return Fail(Errc::kStreamDamaged,
                  "stream " + spec.stream + " is damaged on the server: " +
                      (report.warnings.empty() ? "" : report.warnings.front()),
                  "What could be read is kept as backup " + report.backup.id +
                      ", marked damaged; restores use it only when asked for by its id.");
    }
    return report;
  }

  Result<RestoreReport> Restore(const RestoreSpec& spec, JobObserver& observer,
                                const CancelToken& cancel) override {
    if (!spec.backup.empty()) return RestoreOne(spec.backup, spec, observer, cancel);
    JETKEEP_TRY(CheckStreamName(spec.stream));
    std::vector<UnreadableBackup> unusable;
    for (;;) {
      JETKEEP_ASSIGN(RestoreChoice choice,
                     repository_.ChooseForRestore(spec.stream, spec.allow_older, unusable));
      Result<RestoreReport> report = RestoreOne(choice.backup.id, spec, observer, cancel);
      if (report) {
        report->warnings.insert(report->warnings.begin(), choice.warnings.begin(),
                                choice.warnings.end());
        return report;
      }
      // Every stored byte is read before a server hears of the restore; only then is it known
      // whether the backup is whole.
      if (!CannotBeRead(report.error())) return report;
      unusable.push_back({choice.backup.id, report.error()});
      if (!spec.allow_older) {
        // If there is an older one, the choice without this one says so.
        const auto other = repository_.ChooseForRestore(spec.stream, false, unusable);
        if (!other && other.error().code == Errc::kNewerBackupUnusable) return Fail(other.error());
        return report;
      }
    }
  }

  Result<VerifyReport> Verify(const VerifySpec& spec, JobObserver& observer,
                              const CancelToken& cancel) override {
    VerifyJob job(&server_, repository_, options_, observer, cancel);
    Result<VerifyReport> report = job.Run(spec);
    if (spec.drill && recovery_) recovery_->Scan();
    return report;
  }

  Status CheckStream(const std::string& stream) override {
    const Result<StreamInfo> info = server_.GetStream(stream);
    if (!info && info.error().code == Errc::kStreamNotFound) return Fail(info.error());
    return {};
  }

  Result<BackupListing> List(const std::string& stream) override {
    return repository_.List(stream);
  }

  Result<BackupDetails> Show(const std::string& backup_id) override {
    return ShowBackup(repository_, backup_id);
  }

  Status Delete(const DeleteSpec& spec) override {
    JETKEEP_ASSIGN(
        const CleanUpResult removed,
        repository_.Delete(spec.backup, spec.last ? LastBackup::kDelete : LastBackup::kKeep));
    for (const Error& problem : removed.problems) {
      log::Warn("a deleted backup is not cleaned up yet",
                {{"backup", spec.backup}, {"error", problem.message}});
    }
    return {};
  }

 private:
  Result<RestoreReport> RestoreOne(const std::string& id, const RestoreSpec& spec,
                                   JobObserver& observer, const CancelToken& cancel) {
    JETKEEP_ASSIGN(const Manifest manifest, repository_.Load(id));
    RestoreTarget target = SameStream(manifest);
    target.drop_unknown = spec.drop_unknown;
    target.skip_refused_consumers = spec.skip_refused_consumers;
    int not_unpacked = 0;
    bool left_one_more_out = false;
    const auto attempt = [&]() -> Result<RestoreReport> {
      std::string waited;
      if (recovery_) {
        JETKEEP_ASSIGN(waited, recovery_->Await(target.stream, cancel));
      }
      Result<RestoreReport> report = [&] {
        RestoreJob job(server_, repository_, options_, observer, cancel);
        Result<RestoreReport> run = job.Run(manifest, target);
        if (job.server_did_not_unpack()) ++not_unpacked;
        left_one_more_out = spec.skip_refused_consumers && !job.refused_consumer().empty() &&
                            target.refused_consumers.insert(job.refused_consumer()).second;
        return run;
      }();
      // Where the clean-up did not succeed, the record is still there.
      if (!report && recovery_) recovery_->Scan();
      if (report && !waited.empty()) report->warnings.push_back(std::move(waited));
      return report;
    };
    const auto may_repeat = [&](const Error& error) {
      // The archive was verified before it was sent. An unpack error is corruption in transit (try
      // once more) or a fault of the server (it fails the same way again).
      return error.Retryable() || left_one_more_out ||
             (error.code == Errc::kServerError && not_unpacked > 0 &&
              not_unpacked < kTriesToUnpack);
    };
    Result<RestoreReport> report =
        RunWithRetries<RestoreReport>(options_.retry, observer, cancel, attempt, may_repeat);
    const bool stays = report || report.error().code == Errc::kRestoreNotCurrent ||
                       report.error().code == Errc::kRestoreMismatch;
    if (stays) NoteRestored(manifest, target);
    if (report && MadeBeforeExactCuts(manifest.Summary())) {
      report->warnings.push_back("backup " + id + " was " + BeforeExactCutsText());
    }
    return report;
  }

  // Where this fails the next backup may still join the lineage that was restored: if the messages
  // are the same.
  void NoteRestored(const Manifest& manifest, const RestoreTarget& target) {
    const Status noted = repository_.NoteRestored(manifest.account, target.stream,
                                                  options_.clock->Now(), RandomBits());
    if (!noted) {
      log::Warn("cannot note the restore beside the backups",
                {{"stream", target.stream}, {"error", noted.error().message}});
    }
  }

  JetStream& server_;
  Repository& repository_;
  const EngineOptions options_;
  std::unique_ptr<RestoreRecovery> recovery_;
};

}  // namespace

std::unique_ptr<Engine> MakeEngine(JetStream& server, Repository& repository,
                                   const EngineOptions& options) {
  return std::make_unique<EngineImpl>(server, repository, options);
}

}  // namespace jetkeep
