#include "service/engine/sets/stream_gate.h"

#include <chrono>
#include <limits>

namespace jetkeep {
namespace {

// A stream of fewer bytes takes far less memory than the buffers of a transfer could hold.
constexpr std::uint64_t kLargeBytes = std::uint64_t{4} * 1024 * 1024;
constexpr std::size_t kMostLarge = 2;
constexpr std::chrono::milliseconds kPoll{200};

}  // namespace

Result<StreamGate::Pass> StreamGate::Enter(const std::string& stream, const CancelToken& cancel) {
  // How large the stream is, nobody has asked yet.
  return EnterWhen(stream, true, std::numeric_limits<std::size_t>::max(), cancel);
}

Result<StreamGate::Pass> StreamGate::EnterAsMember(const std::string& stream, std::uint64_t bytes,
                                                   const CancelToken& cancel) {
  return EnterWhen(stream, bytes >= kLargeBytes, kMostLarge, cancel);
}

Result<StreamGate::Pass> StreamGate::EnterWhen(const std::string& stream, bool large,
                                               std::size_t most_large, const CancelToken& cancel) {
  MutexLock lock(mutex_);
  while (inside_.contains(stream) || (large && large_ >= most_large)) {
    JETKEEP_TRY(cancel.Check());
    changed_.WaitFor(lock, kPoll);
  }
  inside_.insert(stream);
  if (large) ++large_;
  return Pass(*this, stream, large);
}

void StreamGate::Leave(const std::string& stream, bool large) {
  {
    const MutexLock lock(mutex_);
    inside_.erase(stream);
    if (large) --large_;
  }
  changed_.NotifyAll();
}

}  // namespace jetkeep
