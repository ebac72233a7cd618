#include "service/engine/sets/stream_gate.h"

#include <algorithm>
#include <chrono>
#include <limits>

namespace jetkeep {
namespace {

// What a transfer holds in memory grows with the stream up to about this size.
constexpr std::uint64_t kLargeBytes = std::uint64_t{4} * 1024 * 1024;
constexpr std::uint64_t kRoom = 2 * kLargeBytes;
constexpr std::uint64_t kSmallBytes = std::uint64_t{256} * 1024;
constexpr std::chrono::milliseconds kPoll{200};

}  // namespace

Result<StreamGate::Pass> StreamGate::Enter(const std::string& stream, const CancelToken& cancel) {
  // How large the stream is, nobody has asked yet.
  return EnterWhen(stream, kLargeBytes, std::numeric_limits<std::uint64_t>::max(), cancel);
}

Result<StreamGate::Pass> StreamGate::EnterAsMember(const std::string& stream, std::uint64_t bytes,
                                                   const CancelToken& cancel) {
  const std::uint64_t room = bytes < kSmallBytes ? 0 : std::min(bytes, kLargeBytes);
  return EnterWhen(stream, room, kRoom, cancel);
}

Result<StreamGate::Pass> StreamGate::EnterWhen(const std::string& stream, std::uint64_t room,
                                               std::uint64_t most, const CancelToken& cancel) {
  MutexLock lock(mutex_);
  while (inside_.contains(stream) || (room > 0 && taken_ + room > most)) {
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
