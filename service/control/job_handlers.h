// Handlers of the requests that make jobs: backup.request, restore.request, backup.verify.
// Thread-safety: belongs to the loop's thread.
#pragma once

#include <functional>
#include <string>

#include "service/control/control_context.h"

namespace jetkeep {

class JobHandlers {
 public:
  explicit JobHandlers(ControlContext context) : context_(std::move(context)) {}

  void Backup(const Request& request, const Document& body);
  void Restore(const Request& request, const Document& body);
  void Verify(const Request& request, const Document& body);

 private:
  // False: too many wait, and the request has been refused.
  bool MayWait(const Request& request, bool wait);
  // What has to be asked of the engine before a request becomes a job. Runs on a worker.
  using Preparation = std::function<Status(Engine& engine, JobManager::Submission& submission)>;
  void Prepare(const Request& request, JobManager::Submission submission, bool wait,
               Preparation preparation);
  void Submit(const Request& request, const JobManager::Submission& submission, bool wait);
  void AnswerJob(const Request& request, const Result<JobStatus>& job, bool wait);

  ControlContext context_;
};

}  // namespace jetkeep
