#include "service/control/unknown_job.h"

#include <utility>

namespace jetkeep {

void AfterOtherInstances(ControlContext& context, const Request& request,
                         std::function<void()> task) {
  if (request->addressed) return task();
  context.delayed.After(context.not_found_delay, std::move(task));
}

bool IsAskedFor(const PendingRequest& request, const JobStatus& job) {
  return !request.names_account || request.account->name == job.account;
}

void DisclaimJob(ControlContext& context, const Request& request, const std::string& job) {
  context.desk.Disclaim(request, {Errc::kJobNotFound, "the job " + job + " is not known", {}, 0});
}

}  // namespace jetkeep
