// StreamGate: which streams are being backed up or restored, by single jobs and by the members of
// sets. One at a time goes into a stream; and of large streams, which take memory, only a few
// members of sets at once.
//
// Thread-safety: all members may be called from any thread. The gate outlives its passes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/mutex.h"

namespace jetkeep {

class StreamGate {
 public:
  // Inside until it is destroyed.
  class Pass {
   public:
    Pass(StreamGate& gate, std::string stream, bool large)
        : gate_(&gate), stream_(std::move(stream)), large_(large) {}
    Pass(Pass&& other) noexcept
        : gate_(std::exchange(other.gate_, nullptr)),
          stream_(std::move(other.stream_)),
          large_(other.large_) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_ != nullptr) gate_->Leave(stream_, large_);
    }

   private:
    StreamGate* gate_;
    std::string stream_;
    bool large_;
  };

  // Waits while somebody is in the stream.
  Result<Pass> Enter(const std::string& stream, const CancelToken& cancel);
  // The same for a member of a set, of a stream of so many bytes: a large one waits while others
  // take the room.
  Result<Pass> EnterAsMember(const std::string& stream, std::uint64_t bytes,
                             const CancelToken& cancel);

 private:
  Result<Pass> EnterWhen(const std::string& stream, bool large, std::size_t most_large,
                         const CancelToken& cancel);
  void Leave(const std::string& stream, bool large);

  Mutex mutex_;
  Condition changed_;
  std::set<std::string> inside_ JETKEEP_GUARDED_BY(mutex_);
  std::size_t large_ JETKEEP_GUARDED_BY(mutex_) = 0;
};

}  // namespace jetkeep
