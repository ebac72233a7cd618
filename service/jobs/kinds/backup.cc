#include <utility>

#include "service/jobs/job_kind.h"

namespace jetkeep {
namespace {

Result<JobReport> Run(Engine& engine, const JobSpec& spec, JobObserver& observer,
                      const CancelToken& cancel) {
  JETKEEP_ASSIGN(BackupReport report, engine.Backup(std::get<BackupSpec>(spec), observer, cancel));
  return JobReport(std::move(report));
}

JobOutcome Outcome(const JobReport& report) {
  const auto& done = std::get<BackupReport>(report);
  return {done.backup.messages, done.attempts, done.backup.id};
}

}  // namespace

const JobKindRow kBackupJob{JobKind::kBackup, Run, Outcome};

}  // namespace jetkeep
