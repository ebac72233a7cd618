// StreamGate: which streams are being backed up or restored, by single jobs and by the members of
// sets. One at a time goes into a stream; and members of sets only as long as there is room for
// what they hold in memory.
//
// Thread-safety: all members may be called from any thread. The gate outlives its passes.
#pragma once

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
    Pass(StreamGate& gate, std::string stream, std::uint64_t room)
        : gate_(&gate), stream_(std::move(stream)), room_(room) {}
    Pass(Pass&& other) noexcept
        : gate_(std::exchange(other.gate_, nullptr)),
          stream_(std::move(other.stream_)),
          room_(other.room_) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_ != nullptr) gate_->Leave(stream_, room_);
    }

   private:
    StreamGate* gate_;
    std::string stream_;
    std::uint64_t room_;
  };

  // Waits while somebody is in the stream.
  Result<Pass> Enter(const std::string& stream, const CancelToken& cancel);
  // The same for a member of a set, of a stream of so many bytes: but for a small one it waits
  // while others take the room.
  Result<Pass> EnterAsMember(const std::string& stream, std::uint64_t bytes,
                             const CancelToken& cancel);

 private:
  // room: of that for members of sets; what takes none need not wait for it.
  Result<Pass> EnterWhen(const std::string& stream, std::uint64_t room, const CancelToken& cancel);
  void Leave(const std::string& stream, std::uint64_t room);

  Mutex mutex_;
  Condition changed_;
  std::set<std::string> inside_ JETKEEP_GUARDED_BY(mutex_);
  std::uint64_t taken_ JETKEEP_GUARDED_BY(mutex_) = 0;
};

}  // namespace jetkeep
