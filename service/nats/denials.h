// Denials: the subjects that servers have refused us lately. A server answers a publication without
// permission with an asynchronous error and nothing else, so the one who waits for the answer looks
// here. Private to this folder. Thread-safety: all members may be called from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "jetkeep/mutex.h"

namespace jetkeep {

class Denials {
 public:
  // `text` is the server's error: `Permissions Violation for Publish to "a.b"`. The library cuts it
  // at 255 bytes. Texts of another form are ignored.
  void Record(std::string_view text);
  std::uint64_t Mark() const { return count_.load(std::memory_order_acquire); }
  std::optional<std::string> Since(std::uint64_t mark, std::string_view prefix) const;

 private:
  struct Denial {
    std::uint64_t number = 0;
    std::string subject;
    bool cut = false;
  };
  static constexpr std::size_t kKept = 256;
  std::atomic<std::uint64_t> count_{0};
  mutable Mutex mutex_;
  std::deque<Denial> denials_ JETKEEP_GUARDED_BY(mutex_);
};

}  // namespace jetkeep
