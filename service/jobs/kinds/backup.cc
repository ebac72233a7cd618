#include "service/jobs/kinds/run_as.h"

namespace jetkeep {
namespace {

JobOutcome Outcome(const JobReport& report) {
  const auto& done = std::get<BackupReport>(report);
  return {done.backup.messages, done.attempts, done.backup.id};
}

}  // namespace

const JobKindRow kBackupJob{JobKind::kBackup, RunAs<BackupSpec, &Engine::Backup>, Outcome};

}  // namespace jetkeep
