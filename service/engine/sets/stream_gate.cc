#include "service/engine/sets/stream_gate.h"

#include <algorithm>
#include <chrono>

namespace jetkeep {
namespace {

// What a transfer holds in memory grows with the stream up to about this size.
constexpr std::uint64_t kLargeBytes = std::uint64_t{4} * 1024 * 1024;
// Two such restores at once were seen to take 65.5 MiB in all, on a busy machine. So a set takes
// about as much as any other job.
constexpr std::uint64_t kRoom = kLargeBytes;
constexpr std::uint64_t kSmallBytes = std::uint64_t{256} * 1024;
constexpr std::chrono::milliseconds kPoll{200};

}  // namespace

Result<StreamGate::Pass> StreamGate::Enter(const std::string& stream, const CancelToken& cancel) {
  return EnterWhen(stream, 0, cancel);
}

Result<StreamGate::Pass> StreamGate::EnterAsMember(const std::string& stream, std::uint64_t bytes,
                                                   const CancelToken& cancel) {
  const std::uint64_t room = bytes < kSmallBytes ? 0 : std::min(bytes, kLargeBytes);
  return EnterWhen(stream, room, cancel);
}

Result<StreamGate::Pass> StreamGate::EnterWhen(const std::string& stream, std::uint64_t room,
                                               const CancelToken& cancel) {
  MutexLock lock(mutex_);
  while (inside_.contains(stream) || (room > 0 && taken_ + room > kRoom)) {
    JETKEEP_TRY(cancel.Check());
    changed_.WaitFor(lock, kPoll);
  }
  inside_.insert(stream);
  taken_ += room;
  return Pass(*this, stream, room);
}

void StreamGate::Leave(const std::string& stream, std::uint64_t room) {
  {
    const MutexLock lock(mutex_);
    inside_.erase(stream);
    taken_ -= room;
  }
  changed_.NotifyAll();
}

}  // namespace jetkeep
