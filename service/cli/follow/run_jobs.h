// Starts jobs at the service, follows them to their end, and prints their results.
#pragma once

#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/job.h"
#include "protocol/control/document.h"
#include "protocol/control/subjects.h"
#include "service/cli/command.h"
#include "service/cli/control_client.h"
#include "service/cli/follow/job_run.h"

namespace jetkeep {

// The flags of every verb that starts jobs.
struct JobFlags {
  bool no_wait = false;
  bool no_progress = false;
  bool quiet = false;
  std::string job;  // the client's own id

  void Declare(Flags& flags);
  // Those about what is shown, for a verb that reads the repository itself.
  void DeclareShown(Flags& flags);
  Status Check() const;
};

struct JobOrder {
  EndpointId endpoint = EndpointId::kBackup;
  JobKind kind = JobKind::kBackup;
  std::string stream;  // as far as it is known
  Document request;    // without a job id
};

// Called for each job that completed, behind its result.
using OnCompleted = std::function<void(ControlClient& client, const JobRun& run)>;

// The exit code, or the error of the only job.
Result<int> RunJobs(ControlClient& client, const std::vector<JobOrder>& orders,
                    const JobFlags& flags, Context& context, const OnCompleted& completed = {});

}  // namespace jetkeep
