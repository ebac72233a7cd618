#include <utility>

#include "service/jobs/job_kind.h"

namespace jetkeep {
namespace {

Result<JobReport> Run(Engine& engine, const JobSpec& spec, JobObserver& observer,
                      const CancelToken& cancel) {
  JETKEEP_ASSIGN(VerifyReport report, engine.Verify(std::get<VerifySpec>(spec), observer, cancel));
  return JobReport(std::move(report));
}

JobOutcome Outcome(const JobReport& report) {
  static_cast<void>(report);
  return {};
}

}  // namespace

const JobKindRow kVerifyJob{JobKind::kVerify, Run, Outcome};

}  // namespace jetkeep
