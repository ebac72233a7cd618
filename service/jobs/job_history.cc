#include "service/jobs/job_history.h"

#include <utility>

#include "service/telemetry/log.h"
#include "service/work/guarded_call.h"

namespace jetkeep {

void JobHistory::OnChange(const JobStatus& job, const JobChange&) {
  if (!HasEnded(job.state)) return;
  writer_.Run([this, record = JobRecord{job, instance_}] {
    const Status kept = GuardedCall<Status>([&] { return log_.Add(record); });
    if (!kept) {
      log::Warn("could not record the end of a job",
                {{"job", record.status.job}, {"error", kept.error().message}});
    }
  });
}

Result<std::optional<JobStatus>> JobHistory::Find(const std::string& job,
                                                  const std::string& account) const {
  JETKEEP_ASSIGN(const std::optional<JobRecord> record, log_.Find(job, account));
  if (!record) return std::optional<JobStatus>();
  return std::optional<JobStatus>(record->status);
}

}  // namespace jetkeep
