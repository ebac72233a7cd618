// What each verb does. All print their result and return the exit code, or return the error that
// the caller reports.
#pragma once

#include "jetkeep/error.h"
#include "service/cli/console.h"
#include "service/cli/invocation.h"
#include "service/config/config.h"

namespace jetkeep {

Result<int> RunJobs(const Invocation& invocation, const Config& config, Console& console);
Result<int> ListBackups(const Invocation& invocation, const Config& config, Console& console);
Result<int> ShowBackup(const Invocation& invocation, const Config& config, Console& console);
Result<int> DeleteBackup(const Invocation& invocation, const Config& config, Console& console);
Result<int> ShowStatus(const Invocation& invocation, const Config& config, Console& console);
Result<int> CancelJob(const Invocation& invocation, const Config& config, Console& console);
Result<int> WatchEvents(const Invocation& invocation, const Config& config, Console& console);
// Without a service.
Result<int> VerifyLocally(const Invocation& invocation, const Config& config, Console& console);

}  // namespace jetkeep
