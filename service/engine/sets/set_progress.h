// SetProgressView: adds up how far the streams of a set are, and tells the observer of the whole
// job. Thread-safety: all members may be called from any thread; the observer is called by one at a
// time. It outlives the observers that it gives out.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "jetkeep/engine.h"
#include "jetkeep/mutex.h"

namespace jetkeep {

class SetProgressView {
 public:
  // `streams`, `messages`, `bytes`: of the whole set, as far as they are known before.
  SetProgressView(JobObserver& observer, std::uint64_t streams, std::uint64_t messages,
                  std::uint64_t bytes);

  // For the job of one stream. `messages` and `bytes`: what of the sums above is this one's.
  std::unique_ptr<JobObserver> Begin(const std::string& stream, std::uint64_t messages,
                                     std::uint64_t bytes);
  // With what it came to.
  void End(const std::string& stream, bool failed, std::uint64_t messages, std::uint64_t bytes);

 private:
  class MemberObserver;
  struct Member {
    std::uint64_t messages = 0;  // that were expected
    std::uint64_t bytes = 0;
    JobProgress progress;
  };
  void Tell(bool at_once) JETKEEP_REQUIRES(mutex_);

  JobObserver& observer_;
  Mutex mutex_;
  JobProgress total_ JETKEEP_GUARDED_BY(mutex_);  // of those that have ended
  std::map<std::string, Member> running_ JETKEEP_GUARDED_BY(mutex_);
  std::chrono::steady_clock::time_point told_ JETKEEP_GUARDED_BY(mutex_);
};

}  // namespace jetkeep
