#include "service/engine/verify/drill.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "protocol/js_api/server_version.h"
#include "service/engine/restore/restore_job.h"
#include "service/engine/snapshot_pipe.h"
#include "service/engine/verify/drill_handler.h"
#include "service/engine/verify/drill_plan.h"
#include "service/telemetry/log.h"

namespace jetkeep {
namespace {

// Passes on how much of the copy was sent; a drill is a part of a verification, which reports the
// rest itself.
class SendObserver : public JobObserver {
 public:
  explicit SendObserver(const DrillProgress& progress) : progress_(progress) {}
  void OnStarted(const std::string&, const std::string&) override {}
  void OnProgress(const JobProgress& progress) override {
    if (progress.bytes_expected == 0) return;
    progress_(std::min(1.0, static_cast<double>(progress.bytes_done) /
                                static_cast<double>(progress.bytes_expected)),
              0);
  }
  void OnRetry(int, const Error&, std::int64_t) override {}

 private:
  const DrillProgress& progress_;
};

// "consumer filter subject is not a valid subset of the interest subjects"
constexpr std::uint32_t kFilterRefused = 10093;
// How far the clocks of this machine and of the server may differ.
constexpr std::chrono::seconds kClockSkew{60};

bool IsDifference(Errc code) {
  return code == Errc::kRestoreMismatch || code == Errc::kRepositoryCorrupt;
}

}  // namespace

Result<DrillResult> Drill::Run(const Manifest& manifest) {
  JETKEEP_ASSIGN(const DrillPlan plan, PlanDrill(manifest, DrillFilters::kKept));
  JETKEEP_ASSIGN(const ServerIdentity server, server_.Server());
  const auto version = ParseServerVersion(server.version);
  if (!version || *version >= ServerVersion{2, 10, 0}) {
    auto result = RunPlan(plan);
    if (result || result.error().server_code != kFilterRefused) return result;
  }
  JETKEEP_ASSIGN(const DrillPlan replaced, PlanDrill(manifest, DrillFilters::kReplaced));
  return RunPlan(replaced);
}

Result<DrillResult> Drill::RunPlan(const DrillPlan& plan) {
  RestoreTarget target = plan.target;
  for (;;) {
    const std::size_t refused = target.refused_consumers.size();
    auto result = RunOnce(plan.manifest, target);
    // Without the consumer that the server has just refused; of them there are only so many.
    const bool again = !result && result.error().server_code != kFilterRefused &&
                       target.refused_consumers.size() > refused;
    if (!again) return result;
  }
}

Result<DrillResult> Drill::RunOnce(const Manifest& manifest, RestoreTarget& target) {
  SendObserver observer(progress_);
  RestoreJob restore({&server_, repository_, options_, observer, cancel_});
  Result<RestoreReport> restored = restore.Run(manifest, target);
  // A restore that fails removes what it made, but for one that waits in vain for replicas.
  if (!restored && restored.error().code != Errc::kRestoreNotCurrent) {
    const Error& error = restored.error();
    if (!restore.refused_consumer().empty()) {
      target.refused_consumers.insert(restore.refused_consumer());
    }
    if (IsDifference(error.code)) return DrillResult{{"drill: " + error.message}, {}};
    return Fail(Error(error).Within("drill"));
  }
  Result<DrillResult> result = restored ? CompareCopy(manifest, restore.plan())
                                        : Result<DrillResult>(Fail(restored.error()));
  if (Status removed = restore.RemoveScratch(); !removed) {
    log::Warn("the scratch stream of a drill is not removed yet",
              {{"stream", target.stream}, {"error", removed.error().message}});
    return Fail(std::move(removed).error().Within("drill: removing stream " + target.stream));
  }
  if (!result) return Fail(std::move(result).error().Within("drill"));
  std::vector<std::string>& warnings = result->warnings;
  warnings.insert(warnings.begin(), restored->warnings.begin(), restored->warnings.end());
  return result;
}

Result<DrillResult> Drill::CompareCopy(const Manifest& manifest, const RestorePlan& plan) {
  JETKEEP_ASSIGN(const auto reader, repository_.OpenReader(manifest));
  DrillHandler handler(manifest, *reader, plan.times,
                       options_.clock->Now() + std::chrono::nanoseconds(kClockSkew).count(),
                       [this](std::uint64_t compared) { progress_(1, compared); });
  const CaptureOptions options{options_.snapshot, options_.spool};
  const auto ignore = [](const SnapshotReply&) {};
  JETKEEP_TRY(PipeSnapshot(server_, plan.target.stream, options, handler, ignore, cancel_));
  DrillResult result;
  JETKEEP_ASSIGN(result.differences, handler.Finish());
  if (handler.expired() > 0) {
    result.warnings.push_back(std::to_string(handler.expired()) +
                              " messages were not compared: they had expired, and the server had "
                              "removed them from the copy");
  }
  return result;
}

}  // namespace jetkeep
