// Requests about a job go to every instance. The one that knows the job answers at once; the others
// say that they do not, after a delay that lets it answer first. Thread-safety: belong to the
// loop's thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "service/control/control_context.h"

namespace jetkeep {

// Runs the task when other instances have had their time; at once if the request was addressed to
// this instance alone.
void AfterOtherInstances(ControlContext& context, const Request& request,
                         std::function<void()> task);

// The job of that id that the request means: one of the account that it names; or else of the
// connection's own, or of any that clients may ask for.
std::optional<JobStatus> FindAskedFor(ControlContext& context, const PendingRequest& request,
                                      const std::string& job);
// The accounts in which that job is looked for, in this order.
std::vector<const ServedAccount*> AccountsAskedFor(const ControlContext& context,
                                                   const PendingRequest& request);

void DisclaimJob(ControlContext& context, const Request& request, const std::string& job);

}  // namespace jetkeep
