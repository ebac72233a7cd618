// RestoreTurn: keeps a process from killing its own server with two restores at once.
//
// A server from 2.10.27 that stands alone walks through the streams of an account without their
// lock when it begins to unpack a restore. A stream that comes or goes at that moment ends the
// server ("concurrent map iteration and map write"; seen on 2.10.27, 2.12.15, 2.14.10, 2.15.1 and
// 2.15.3 with a thousand streams). So these take turns: the beginning of a restore, its end, and
// the deletion of a stream. What lies between the beginning and the end goes on in parallel.
//
// Thread-safety: all members may be called from any thread. It outlives what is held of it.
#pragma once

#include <chrono>
#include <optional>
#include <utility>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/mutex.h"

namespace jetkeep {

class RestoreTurn {
 public:
  // Nobody else's turn until it is destroyed.
  class Held {
   public:
    explicit Held(RestoreTurn& turn) : turn_(&turn) {}
    Held(Held&& other) noexcept : turn_(std::exchange(other.turn_, nullptr)) {}
    Held& operator=(Held&& other) noexcept {
      std::swap(turn_, other.turn_);
      return *this;
    }
    ~Held() {
      if (turn_ != nullptr) turn_->Leave();
    }

   private:
    RestoreTurn* turn_;
  };

  // Waits as long as others need.
  Result<Held> Take(const CancelToken& cancel);
  // No value: others still need it.
  std::optional<Held> TryTake(std::chrono::milliseconds longest);

 private:
  void Leave();

  Mutex mutex_;
  Condition left_;
  bool taken_ JETKEEP_GUARDED_BY(mutex_) = false;
};

}  // namespace jetkeep
