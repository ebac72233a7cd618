#include "service/engine/engine.h"

#include <chrono>
#include <utility>

#include "protocol/base/names.h"
#include "service/engine/backup/backup_job.h"
#include "service/engine/backup/config_backup.h"
#include "service/engine/describe.h"
#include "service/engine/diff/compare_backup.h"
#include "service/engine/drift/drift_check.h"
#include "service/engine/prune/prune_run.h"
#include "service/engine/publish/republish_job.h"
#include "service/engine/read/backup_stats.h"
#include "service/engine/read/read_messages.h"
#include "service/engine/restore/restore_recovery.h"
#include "service/engine/restore/restorer.h"
#include "service/engine/retry.h"
#include "service/engine/sets/set_backup_job.h"
#include "service/engine/sets/set_choice.h"
#include "service/engine/sets/set_plan.h"
#include "service/engine/sets/set_restore_job.h"
#include "service/engine/sets/stream_gate.h"
#include "service/engine/verify/verify_job.h"
#include "service/telemetry/log.h"

namespace jetkeep {
namespace {

// Damage that a second, independent copy shows again is on the server's disk, not on the way.
constexpr int kAttemptsAtDamage = 2;
// Each has tried many times by itself already.
constexpr int kAttemptsAtCut = 2;
// Whatever the first attempt failed for, the next takes no risk: half a server's own choice. Not
// all servers say that they gave up waiting for the acknowledgement of a chunk.
constexpr std::uint32_t kChunkBytesOfSecondAttempts = 64 * 1024;

// Of a dry run, which nobody follows.
class NoObserver : public JobObserver {
 public:
  void OnStarted(const std::string& /*backup_id*/, const std::string& /*stream*/) override {}
  void OnProgress(const JobProgress& /*progress*/) override {}
  void OnRetry(int /*attempt*/, const Error& /*reason*/, std::int64_t /*delay_ms*/) override {}
};

// A page of messages is answered by then, so that whoever asked does not give up.
constexpr std::chrono::milliseconds kPagePatience{2000};

class EngineImpl : public Engine {
 public:
  EngineImpl(JetStream& server, Repository& repository, const EngineOptions& options)
      : server_(server),
        repository_(repository),
        options_(options),
        gate_of_server_(options.gate ? options.gate : std::make_shared<StreamGate>()),
        gate_(*gate_of_server_),
        recovery_(options.recover_restores ? std::make_unique<RestoreRecovery>(
                                                 server_, repository_, options.server_account)
                                           : nullptr),
        restorer_({server_, repository_, options_, recovery_.get()}, gate_) {
    if (recovery_) recovery_->Scan();
  }

  Result<BackupReport> Backup(const BackupSpec& spec, JobObserver& observer,
                              const CancelToken& cancel) override {
    JETKEEP_TRY(CheckStreamName(spec.stream));
    JETKEEP_ASSIGN(const auto pass, gate_.Enter(spec.stream, cancel));
    if (spec.config_only) return BackUpConfig(spec.stream, observer, cancel);
    JETKEEP_ASSIGN(BackupReport report, BackUp(spec.stream, observer, cancel));
    if (report.backup.condition == BackupCondition::kDamaged && !spec.accept_damaged) {
      return Fail(Errc::kStreamDamaged,
                  "stream " + spec.stream + " is damaged on the server: " +
                      (report.warnings.empty() ? "" : report.warnings.front()),
                  "What could be read is kept as backup " + report.backup.id +
                      ", marked damaged; restores use it only when asked for by its id.");
    }
    return report;
  }

  Result<BackupSetReport> BackupSet(const BackupSetSpec& spec, JobObserver& observer,
                                    const CancelToken& cancel) override {
    SetBackupJob job(
        server_, repository_, options_, gate_, observer, cancel,
        [&](const std::string& stream, JobObserver& of_stream) -> Result<BackupReport> {
          // The name is a server's.
          JETKEEP_TRY(CheckStreamName(stream));
          return spec.config_only ? BackUpConfig(stream, of_stream, cancel)
                                  : BackUp(stream, of_stream, cancel);
        });
    return job.Run(spec);
  }

  Result<RestoreSetReport> RestoreSet(const RestoreSetSpec& spec, JobObserver& observer,
                                      const CancelToken& cancel) override {
    const RestoreTools tools{server_, repository_, options_, recovery_.get()};
    Result<RestoreSetReport> report = SetRestoreJob(tools, gate_, observer, cancel).Run(spec);
    // Where the clean-up did not succeed, the record is still there.
    if (!report && recovery_) recovery_->Scan();
    return report;
  }

  Result<RestoreSetPreview> PreviewRestoreSet(const RestoreSetSpec& spec,
                                              const CancelToken& cancel) override {
    const RestoreTools tools{server_, repository_, options_, recovery_.get()};
    NoObserver observer;
    return SetRestoreJob(tools, gate_, observer, cancel).Preview(spec);
  }

  Status CheckSelection(const SetSelection& selection) override {
    JETKEEP_TRY(CheckSelectionWords(selection));
    const Result<StreamListing> listing = server_.ListStreams();
    if (!listing) return {};
    return PlanSet(selection, *listing).map([](const SetPlan&) {});
  }

  Result<RestoreReport> Restore(const RestoreSpec& spec, JobObserver& observer,
                                const CancelToken& cancel) override {
    return restorer_.Restore(spec, observer, cancel);
  }

  Result<RestorePreview> PreviewRestore(const RestoreSpec& spec,
                                        const CancelToken& cancel) override {
    return restorer_.Preview(spec, cancel);
  }

  Result<VerifyReport> Verify(const VerifySpec& spec, JobObserver& observer,
                              const CancelToken& cancel) override {
    VerifyJob job({&server_, repository_, options_, observer, cancel});
    Result<VerifyReport> report = job.Run(spec);
    if (spec.drill && recovery_) recovery_->Scan();
    return report;
  }

  Result<RepublishReport> Republish(const RepublishSpec& spec, JobObserver& observer,
                                    const CancelToken& cancel) override {
    return RepublishJob(server_, repository_, observer, cancel).Run(spec);
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
        repository_.Delete(spec.backup, spec.last ? LastBackup::kDelete : LastBackup::kKeep,
                           spec.from_sets ? InSets::kDelete : InSets::kKeep));
    for (const Error& problem : removed.problems) {
      log::Warn("a deleted backup is not cleaned up yet",
                {{"backup", spec.backup}, {"error", problem.message}});
    }
    return {};
  }

  Result<BackupMessage> Get(const MessageReference& reference) override {
    return GetMessage(repository_, reference, CancelToken());
  }

  Result<MessagePage> Messages(const PageRequest& request, const CancelToken& cancel) override {
    return ReadPage(repository_, request, kPagePatience, cancel, &last_answers_);
  }

  Result<BackupStats> Stats(const StatsSpec& spec, const CancelToken& cancel) override {
    return CountMessages(repository_, spec, cancel);
  }

  Result<DiffReport> Diff(const DiffSpec& spec, const CancelToken& cancel) override {
    return spec.b.empty() ? CompareWithStream(server_, repository_, spec, cancel)
                          : CompareBackups(repository_, spec, cancel);
  }

  Result<SetListing> Sets() override { return repository_.ListSets(); }

  Result<SetDetails> ShowSet(const std::string& set_id) override {
    return ChooseSet(repository_, set_id);
  }

  Result<DeletedSet> DeleteSet(const std::string& set_id, bool last) override {
    return repository_.DeleteSet(set_id, last ? LastBackup::kDelete : LastBackup::kKeep);
  }

  Status Pin(const PinSpec& spec) override {
    return repository_.Pin(spec.set.empty() ? spec.backup : spec.set, options_.clock->Now());
  }

  Status Unpin(const PinSpec& spec) override {
    return repository_.Unpin(spec.set.empty() ? spec.backup : spec.set);
  }

  Result<DriftReport> CheckDrift(const DriftSpec& spec, const CancelToken& cancel) override {
    return DriftCheck(server_, repository_, cancel).Run(spec);
  }

  Result<PruneReport> Prune(const PruneSpec& spec, const CancelToken& cancel) override {
    return PruneRun(repository_, cancel).Run(spec);
  }

 private:
  Result<BackupReport> BackUpConfig(const std::string& stream, JobObserver& observer,
                                    const CancelToken& cancel) {
    ConfigBackup job({&server_, repository_, options_, observer, cancel});
    return RunWithRetries<BackupReport>(
        options_.retry, observer, cancel, [&] { return job.Run(stream); },
        [](const Error& error) { return error.Retryable() || error.code == Errc::kLeaseLost; });
  }

  // All attempts for one stream. A damaged backup is no error here.
  Result<BackupReport> BackUp(const std::string& stream, JobObserver& observer,
                              const CancelToken& cancel) {
    int damaged_attempts = 0;
    int attempts_at_cut = 0;
    EngineOptions options = options_;
    const auto attempt = [&]() -> Result<BackupReport> {
      const bool keep_damaged = damaged_attempts >= kAttemptsAtDamage - 1;
      BackupJob job({&server_, repository_, options, observer, cancel});
      return job.Run(stream, keep_damaged);
    };
    const auto may_repeat = [&](const Error& error) {
      if (error.code == Errc::kSnapshotIncomplete) ++damaged_attempts;
      if (error.code == Errc::kCutNotReached && ++attempts_at_cut >= kAttemptsAtCut) return false;
      if (options.snapshot.chunk_bytes == 0) {
        options.snapshot.chunk_bytes = kChunkBytesOfSecondAttempts;
      }
      // Another process took this one for dead and removed what it had written. A new attempt has
      // a place of its own.
      return error.Retryable() || error.code == Errc::kLeaseLost;
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
    return outcome;
  }

  JetStream& server_;
  Repository& repository_;
  const EngineOptions options_;
  const std::shared_ptr<StreamGate> gate_of_server_;
  StreamGate& gate_;
  LastAnswers last_answers_;
  const std::unique_ptr<RestoreRecovery> recovery_;
  Restorer restorer_;
};

}  // namespace

std::unique_ptr<Engine> MakeEngine(JetStream& server, Repository& repository,
                                   const EngineOptions& options) {
  return std::make_unique<EngineImpl>(server, repository, options);
}

}  // namespace jetkeep
