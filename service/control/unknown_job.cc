#include "service/control/unknown_job.h"

#include <utility>

namespace jetkeep {

void AfterOtherInstances(ControlContext& context, const Request& request,
                         std::function<void()> task) {
  if (request->addressed) return task();
  context.delayed.After(context.not_found_delay, std::move(task));
}

std::vector<const ServedAccount*> AccountsAskedFor(const ControlContext& context,
                                                   const PendingRequest& request) {
  if (request.names_account) return {request.account};
  std::vector<const ServedAccount*> accounts;
  for (const ServedAccount& account : context.accounts.all()) accounts.push_back(&account);
  return accounts;
}

std::optional<JobStatus> FindAskedFor(ControlContext& context, const PendingRequest& request,
                                      const std::string& job) {
  for (const ServedAccount* account : AccountsAskedFor(context, request)) {
    if (auto found = context.jobs.Find(job, account->name)) return found;
  }
  return std::nullopt;
}

void DisclaimJob(ControlContext& context, const Request& request, const std::string& job) {
  context.desk.Disclaim(request, {Errc::kJobNotFound, "the job " + job + " is not known", {}, 0});
}

}  // namespace jetkeep
