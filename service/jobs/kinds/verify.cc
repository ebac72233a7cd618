#include "service/jobs/kinds/run_as.h"

namespace jetkeep {
namespace {

// How many messages there were, only the progress tells.
JobOutcome Outcome(const JobReport&) { return {}; }

}  // namespace

const JobKindRow kVerifyJob{JobKind::kVerify, RunAs<VerifySpec, &Engine::Verify>, Outcome};

}  // namespace jetkeep
