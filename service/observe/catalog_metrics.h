// CatalogMetrics: looks at a repository now and then, and shows its backups as metrics. A look
// reads the heads of all manifests, the sets and the records of jobs, on a thread of its own; looks
// take a small part of the time, however large the repository is. All that is shown comes from the
// repository, so it is the same after a restart and in each service beside it.
//
// Thread-safety: belongs to the loop's thread: created, used and destroyed there, or while the loop
// does not run.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "jetkeep/cancel.h"
#include "jetkeep/clock.h"
#include "jetkeep/mutex.h"
#include "service/jobs/job_listener.h"
#include "service/loop/event_loop.h"
#include "service/loop/timer.h"
#include "service/observe/stream_figures.h"
#include "service/repository/repository.h"
#include "service/telemetry/metrics.h"
#include "service/work/thread_pool.h"

namespace jetkeep {

struct CatalogMetricsOptions {
  std::string account;
  std::string directory = {};       // of the repository; empty: it is no directory
  std::size_t max_streams = 1'000;  // with metrics of their own
  const WallClock* clock = &SystemClock();
  std::chrono::seconds interval{60};  // between looks, where they are short
};

class CatalogMetrics : public JobListener {
 public:
  // Loop, metrics and repository must outlive this. The first look begins at once.
  CatalogMetrics(EventLoop& loop, Metrics& metrics, Repository& repository,
                 CatalogMetricsOptions options);

  // Cancels a look; waits for a call to the store that does not return.
  ~CatalogMetrics() override;
  CatalogMetrics(const CatalogMetrics&) = delete;
  CatalogMetrics& operator=(const CatalogMetrics&) = delete;

  // What ends may have changed the repository, so a look follows soon.
  void OnChange(const JobStatus& job, const JobChange& change) override;

  // From now on no look begins, and one that is under way ends as soon as the store answers it.
  void Cancel();
  // REQUIRES: Cancel. Whether it has ended by then.
  bool AwaitEnd(std::chrono::steady_clock::time_point deadline);

  // Why the last look failed, or what it could not read; empty: nothing is wrong. Any thread.
  std::string Problem() const;

 private:
  using Clock = std::chrono::steady_clock;

  void OnTick();
  void Begin();
  void Look();
  Status Read();
  void Show(std::map<std::string, StreamFigures> figures);
  void ShowStream(const std::string& stream, const StreamFigures& figures);
  void HideStream(const std::string& stream);
  void ShowRoom();
  void SetProblem(std::string problem);
  bool Looking() const;
  void SetLooking(bool looking);

  Metrics& metrics_;
  Repository& repository_;
  const CatalogMetricsOptions options_;

  // Of the loop's thread.
  bool look_soon_ = true;
  Clock::time_point next_;
  std::atomic<Clock::duration> took_{Clock::duration(0)};
  CancelToken cancel_;

  mutable Mutex mutex_;
  Condition ended_;
  bool looking_ JETKEEP_GUARDED_BY(mutex_) = false;
  std::string problem_ JETKEEP_GUARDED_BY(mutex_);

  std::map<std::string, StreamFigures> shown_;  // of the look's thread
  std::unique_ptr<Timer> timer_;
  ThreadPool pool_{1};  // last: waits for its task before the rest goes
};

}  // namespace jetkeep
