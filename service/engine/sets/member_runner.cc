#include "service/engine/sets/member_runner.h"

#include <algorithm>
#include <atomic>

namespace jetkeep {

void RunMembers(std::size_t count, std::uint64_t parallel, const ThreadHook& hook,
                const std::function<void(std::size_t)>& task) {
  const std::uint64_t wanted = parallel == 0 ? kDefaultParallel : parallel;
  const auto threads = static_cast<std::size_t>(
      std::min<std::uint64_t>({wanted, kMaxParallel, static_cast<std::uint64_t>(count)}));
  if (threads == 0) return;
  std::atomic<std::size_t> next{0};
  ThreadPool pool(threads, hook);
  for (std::size_t i = 0; i < threads; ++i) {
    pool.Run([&] {
      for (std::size_t at = next.fetch_add(1); at < count; at = next.fetch_add(1)) task(at);
    });
  }
  pool.Finish();
}

}  // namespace jetkeep
