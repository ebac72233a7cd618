// How every kind of job runs: the engine's function for its spec. A detail of this folder.
#pragma once

#include <utility>

#include "service/jobs/job_kind.h"

namespace jetkeep {

template <typename Spec, auto EngineFunction>
Result<JobReport> RunAs(Engine& engine, const JobSpec& spec, JobObserver& observer,
                        const CancelToken& cancel) {
  JETKEEP_ASSIGN(auto report, (engine.*EngineFunction)(std::get<Spec>(spec), observer, cancel));
  return JobReport(std::move(report));
}

}  // namespace jetkeep
