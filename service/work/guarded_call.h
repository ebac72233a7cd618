// How handlers use the workers: nothing that the engine does may end the service or flood it.
#pragma once

#include <cstddef>
#include <exception>
#include <string>

#include "jetkeep/error.h"
#include "service/work/thread_pool.h"

namespace jetkeep {

// The call's result; an exception becomes kInternal.
template <typename Result, typename Call>
Result GuardedCall(Call call) {
  try {
    return call();
  } catch (const std::exception& error) {
    return Fail(Errc::kInternal, std::string("unexpected: ") + error.what());
  }
}

inline Status RoomFor(const ThreadPool& workers) {
  constexpr std::size_t kMaxWaiting = 10'000;
  if (workers.Waiting() < kMaxWaiting) return {};
  return Fail(Errc::kTooManyJobs, "too many requests are waiting", "Ask again in a moment.");
}

}  // namespace jetkeep
