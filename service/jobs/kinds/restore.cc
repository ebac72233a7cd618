#include <utility>

#include "service/jobs/job_kind.h"

namespace jetkeep {
namespace {

Result<JobReport> Run(Engine& engine, const JobSpec& spec, JobObserver& observer,
                      const CancelToken& cancel) {
  JETKEEP_ASSIGN(RestoreReport report,
                 engine.Restore(std::get<RestoreSpec>(spec), observer, cancel));
  return JobReport(std::move(report));
}

JobOutcome Outcome(const JobReport& report) {
  const auto& done = std::get<RestoreReport>(report);
  return {done.messages, done.attempts, done.backup.id};
}

}  // namespace

const JobKindRow kRestoreJob{JobKind::kRestore, Run, Outcome};

}  // namespace jetkeep
