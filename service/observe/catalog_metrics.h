// CatalogMetrics: looks at a repository now and then, and shows its backups as metrics. A look
// reads the heads of all manifests, on a thread of its own; looks take a small part of the time,
// however large the repository is.
//
// Thread-safety: belongs to the loop's thread: created, used and destroyed there, or while the loop
// does not run.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <map>
#include <memory>
#include <set>
#include <string>

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

  // What ends may have changed the repository, so a look follows soon. A stream whose backup
  // failed is shown from then on, although it may have no backup.
  void OnChange(const JobStatus& job, const JobChange& change) override;

  // Why the last look failed, or what it could not read; empty: nothing is wrong. Any thread.
  std::string Problem() const;

 private:
  using Clock = std::chrono::steady_clock;

  void OnTick();
  void Look();
  void Show(const FoundBackups& found);
  void ShowStream(const std::string& stream, const StreamFigures& figures);
  void HideStream(const std::string& stream);
  void ShowRoom();
  void SetProblem(std::string problem);

  Metrics& metrics_;
  Repository& repository_;
  const CatalogMetricsOptions options_;

  // Of the loop's thread.
  bool look_soon_ = true;
  Clock::time_point next_;
  std::atomic<bool> looking_{false};
  std::atomic<Clock::duration> took_{Clock::duration(0)};

  mutable Mutex mutex_;
  std::set<std::string> failed_ JETKEEP_GUARDED_BY(mutex_);  // streams without a backup yet
  std::string problem_ JETKEEP_GUARDED_BY(mutex_);

  std::map<std::string, StreamFigures> shown_;  // of the look's thread
  std::unique_ptr<Timer> timer_;
  ThreadPool pool_{1};  // last: waits for its task before the rest goes
};

}  // namespace jetkeep
