// Requests about a job go to every instance. The one that knows the job answers at once; the others
// say that they do not, after a delay that lets it answer first. Thread-safety: belong to the
// loop's thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "service/control/control_context.h"

namespace jetkeep {

// Runs the task when other instances have had their time; at once if the request was addressed to
// this instance alone.
void AfterOtherInstances(ControlContext& context, const Request& request,
                         std::function<void()> task);

// The job of that id that the request means: of the account that it names, or else of the
// connection's own. Two accounts may have a job of one id, so no other is looked at.
std::optional<JobStatus> FindAskedFor(ControlContext& context, const PendingRequest& request,
                                      const std::string& job);

void DisclaimJob(ControlContext& context, const Request& request, const std::string& job);

}  // namespace jetkeep
