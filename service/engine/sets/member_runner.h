// RunMembers: does something with each stream of a set, several at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "service/work/thread_pool.h"

namespace jetkeep {

inline constexpr std::uint64_t kDefaultParallel = 8;
inline constexpr std::uint64_t kMaxParallel = 32;

// Calls task(i) for each i below count, in that order, on up to `parallel` threads; returns when
// all have returned. Tasks must not throw.
void RunMembers(std::size_t count, std::uint64_t parallel, const ThreadHook& hook,
                const std::function<void(std::size_t)>& task);

}  // namespace jetkeep
