#include "service/control/unknown_job.h"

#include <utility>

namespace jetkeep {

void AfterOtherInstances(ControlContext& context, const Request& request,
                         std::function<void()> task) {
  if (request->addressed) return task();
  context.delayed.After(context.not_found_delay, std::move(task));
}

std::optional<JobStatus> FindAskedFor(ControlContext& context, const PendingRequest& request,
                                      const std::string& job) {
  return context.jobs.Find(job, request.account->name);
}

void DisclaimJob(ControlContext& context, const Request& request, const std::string& job) {
  context.desk.Disclaim(request, {Errc::kJobNotFound, "the job " + job + " is not known", {}, 0});
}

}  // namespace jetkeep
