#include "service/jobs/kinds/run_as.h"

namespace jetkeep {
namespace {

JobOutcome Outcome(const JobReport& report) {
  const auto& done = std::get<RepublishReport>(report);
  return {done.messages, done.attempts, done.backup};
}

}  // namespace

const JobKindRow kRepublishJob{JobKind::kRepublish, RunAs<RepublishSpec, &Engine::Republish>,
                               Outcome};

}  // namespace jetkeep
