#include "service/engine/verify/drill.h"

#include <string_view>
#include <utility>

#include "service/engine/restore/restore_job.h"
#include "service/engine/snapshot_pipe.h"
#include "service/engine/verify/drill_handler.h"
#include "service/engine/verify/drill_plan.h"
#include "service/telemetry/log.h"

namespace jetkeep {
namespace {

// A drill is a part of a verification, whose progress is told elsewhere.
class SilentObserver : public JobObserver {
 public:
  void OnStarted(const std::string&, const std::string&) override {}
  void OnProgress(const JobProgress&) override {}
  void OnRetry(int, const Error&, std::int64_t) override {}
};

// The server's own number for "consumer filter subject is not a valid subset of the interest
// subjects"; it comes inside the text of another error.
constexpr std::string_view kFilterRefused = "(10093)";

bool IsDifference(Errc code) {
  return code == Errc::kRestoreMismatch || code == Errc::kRepositoryCorrupt;
}

}  // namespace

Result<std::vector<std::string>> Drill::Run(const Manifest& manifest) {
  JETKEEP_ASSIGN(const DrillPlan plan, PlanDrill(manifest, DrillFilters::kKept));
  auto differences = RunPlan(plan);
  if (differences || differences.error().message.find(kFilterRefused) == std::string::npos)
    return differences;
  log::Info("this server compares consumers of a drill without their filters only",
            {{"backup", manifest.id}});
  JETKEEP_ASSIGN(const DrillPlan unfiltered, PlanDrill(manifest, DrillFilters::kLeftOut));
  return RunPlan(unfiltered);
}

Result<std::vector<std::string>> Drill::RunPlan(const DrillPlan& plan) {
  SilentObserver observer;
  RestoreJob restore(server_, repository_, options_, observer, cancel_);
  const Result<RestoreReport> restored = restore.Run(plan.manifest, plan.target);
  // A restore that fails removes what it made, but for one that waits in vain for replicas.
  if (!restored && restored.error().code != Errc::kRestoreNotCurrent) {
    const Error& error = restored.error();
    if (IsDifference(error.code)) return std::vector<std::string>{"drill: " + error.message};
    return Fail(Error(error).Within("drill"));
  }
  Result<std::vector<std::string>> differences =
      restored ? CompareCopy(plan.manifest, plan.target.stream)
               : Result<std::vector<std::string>>(Fail(restored.error()));
  if (Status removed = restore.RemoveScratch(); !removed) {
    log::Warn("the scratch stream of a drill is not removed yet",
              {{"stream", plan.target.stream}, {"error", removed.error().message}});
    return Fail(std::move(removed).error().Within("drill: removing stream " + plan.target.stream));
  }
  if (!differences) return Fail(std::move(differences).error().Within("drill"));
  return differences;
}

Result<std::vector<std::string>> Drill::CompareCopy(const Manifest& manifest,
                                                    const std::string& scratch) {
  JETKEEP_ASSIGN(const auto reader, repository_.OpenReader(manifest));
  DrillHandler handler(manifest, *reader);
  const CaptureOptions options{options_.snapshot, options_.spool};
  const auto ignore = [](const SnapshotReply&) {};
  JETKEEP_TRY(PipeSnapshot(server_, scratch, options, handler, ignore, cancel_));
  return handler.Finish();
}

}  // namespace jetkeep
