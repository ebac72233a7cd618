// Health: what is wrong with a running service, in words, and whether its loop goes round.
// Thread-safety: any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "jetkeep/mutex.h"

namespace jetkeep {

class Health {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kLongestTurn{60};

  explicit Health(std::function<Clock::time_point()> clock = [] { return Clock::now(); })
      : clock_(std::move(clock)) {}

  // The loop has gone round.
  void Turn() { last_turn_ = clock_().time_since_epoch(); }
  // The loop went round within kLongestTurn, or has not begun to: a start may take its time.
  bool alive() const { return Silence() <= kLongestTurn; }

  // The part's state from now on; an empty problem: all is well.
  void Set(const std::string& part, std::string problem);

  // {"status":"ok"|"degraded","problems":[{"part":…,"problem":…},…]}; a loop that stands still is
  // one of the problems.
  std::string Body() const;

 private:
  Clock::duration Silence() const;

  const std::function<Clock::time_point()> clock_;
  std::atomic<Clock::duration> last_turn_{Clock::duration(0)};  // 0: none yet
  mutable Mutex mutex_;
  std::map<std::string, std::string> problems_ JETKEEP_GUARDED_BY(mutex_);  // by part
};

}  // namespace jetkeep
