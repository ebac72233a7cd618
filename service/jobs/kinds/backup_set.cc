#include "service/jobs/kinds/partial.h"
#include "service/jobs/kinds/run_as.h"

namespace jetkeep {
namespace {

JobOutcome Outcome(const JobReport& report) {
  const auto& done = std::get<BackupSetReport>(report);
  JobOutcome outcome{done.set.messages, done.attempts, {}};
  if (done.set.failed > 0) {
    outcome.partial =
        PartialError("set " + done.set.id, done.set.failed, done.set.streams, done.failures,
                     "The set is kept with the streams that were backed up, and is not taken for "
                     "the newest good one; `jetkeep show " +
                         done.set.id + "` names every stream that failed.");
  }
  return outcome;
}

}  // namespace

const JobKindRow kBackupSetJob{JobKind::kBackup, RunAs<BackupSetSpec, &Engine::BackupSet>, Outcome};

}  // namespace jetkeep
