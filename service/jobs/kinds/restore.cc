#include "service/jobs/kinds/run_as.h"

namespace jetkeep {
namespace {

JobOutcome Outcome(const JobReport& report) {
  const auto& done = std::get<RestoreReport>(report);
  return {done.messages, done.attempts, done.backup.id};
}

}  // namespace

const JobKindRow kRestoreJob{JobKind::kRestore, RunAs<RestoreSpec, &Engine::Restore>, Outcome};

}  // namespace jetkeep
