#include "service/repository/segments/block_workers.h"

#include <atomic>
#include <memory>
#include <utility>

#include "jetkeep/mutex.h"

namespace jetkeep {
namespace {

// Shared, so that a task that runs late finds that nothing is left, and nobody waits for it.
struct Loop {
  Loop(std::size_t items, std::function<void(std::size_t)> function)
      : count(items), f(std::move(function)) {}

  void Run() {
    for (std::size_t i = next++; i < count; i = next++) {
      f(i);
      const MutexLock lock(mutex);
      if (++done == count) all_done.NotifyOne();
    }
  }

  const std::size_t count;
  const std::function<void(std::size_t)> f;
  std::atomic<std::size_t> next = 0;
  Mutex mutex;
  Condition all_done;
  std::size_t done JETKEEP_GUARDED_BY(mutex) = 0;
};

}  // namespace

void BlockWorkers::ForEach(std::size_t count, std::function<void(std::size_t)> f) {
  const auto loop = std::make_shared<Loop>(count, std::move(f));
  for (std::size_t i = 1; i < count && i <= threads(); ++i) Submit([loop] { loop->Run(); });
  loop->Run();
  MutexLock lock(loop->mutex);
  loop->all_done.Wait(lock, [&]() JETKEEP_REQUIRES(loop->mutex) { return loop->done == count; });
}

}  // namespace jetkeep
