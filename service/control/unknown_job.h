// Requests about a job go to every instance. The one that knows the job answers at once; the others
// say that they do not, after a delay that lets it answer first. Thread-safety: belong to the
// loop's thread.
#pragma once

#include <functional>
#include <string>

#include "service/control/control_context.h"

namespace jetkeep {

// Runs the task when other instances have had their time; at once if the request was addressed to
// this instance alone.
void AfterOtherInstances(ControlContext& context, const Request& request,
                         std::function<void()> task);

// Whether the job is one of the account that the request names, if it names one.
bool IsAskedFor(const PendingRequest& request, const JobStatus& job);

void DisclaimJob(ControlContext& context, const Request& request, const std::string& job);

}  // namespace jetkeep
