// What the endpoints that make jobs have in common: a request becomes a job, and the job its
// answer. Thread-safety: belongs to the loop's thread.
#pragma once

#include <functional>

#include "jetkeep/engine.h"
#include "jetkeep/error.h"
#include "protocol/control/requests.h"
#include "service/control/control_context.h"

namespace jetkeep {

// What has to be asked of the engine before a request becomes a job, and may complete the
// submission. Runs on a worker.
using JobPreparation = std::function<Status(Engine& engine, JobManager::Submission& submission)>;

// Answers the request with the job that it became, or, if it waits, with the end of it. Without a
// preparation the job is submitted at once. The submission's id is that of `options`.
void SubmitJob(ControlContext& context, const Request& request, const JobOptions& options,
               JobManager::Submission submission, JobPreparation preparation = {});

// A preparation for jobs about one backup: finds its stream.
Status FindStreamOfBackup(Engine& engine, JobManager::Submission& submission);

}  // namespace jetkeep
