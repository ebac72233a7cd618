// Retry: runs attempts of a job until one succeeds, fails for good, or the limits are used up.
#pragma once

#include <functional>
#include <utility>

#include "jetkeep/cancel.h"
#include "jetkeep/engine.h"
#include "service/work/backoff.h"

namespace jetkeep {

// attempt() makes one try. may_repeat(error) decides whether its failure can pass; the limits come
// on top. The report's `attempts` is set.
template <typename Report>
Result<Report> RunWithRetries(const BackoffOptions& limits, JobObserver& observer,
                              const CancelToken& cancel,
                              const std::function<Result<Report>()>& attempt,
                              const std::function<bool(const Error&)>& may_repeat) {
  Backoff backoff(limits);
  for (;;) {
    Result<Report> report = attempt();
    if (report) {
      report->attempts = backoff.attempts_made();
      return report;
    }
    if (cancel.Cancelled()) return Fail(Errc::kCancelled, "the job was cancelled");
    if (!may_repeat(report.error())) return report;
    const int failed = backoff.attempts_made();
    const auto delay = backoff.Next();
    if (!delay) return report;
    observer.OnRetry(failed, report.error(), delay->count());
    JETKEEP_TRY(SleepFor(*delay, cancel));
  }
}

}  // namespace jetkeep
