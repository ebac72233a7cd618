#include "service/jobs/kinds/partial.h"
#include "service/jobs/kinds/run_as.h"

namespace jetkeep {
namespace {

JobOutcome Outcome(const JobReport& report) {
  const auto& done = std::get<RestoreSetReport>(report);
  JobOutcome outcome{done.messages, done.attempts, {}};
  if (done.failed > 0) {
    outcome.partial =
        PartialError("the restore of set " + done.set.id, done.failed, done.streams, done.failures,
                     "The other streams are restored and stay. The event names what "
                     "failed; restore those streams again by their names.");
  }
  return outcome;
}

}  // namespace

const JobKindRow kRestoreSetJob{JobKind::kRestore, RunAs<RestoreSetSpec, &Engine::RestoreSet>,
                                Outcome};

}  // namespace jetkeep
