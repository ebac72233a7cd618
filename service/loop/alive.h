// Alive: lets tasks that were posted to a loop find out that their owner is gone.
//
// A member of the owner, which must be destroyed on the loop's thread (or while the loop does not
// run). Guard may be called from any thread while the owner lives.
#pragma once

#include <memory>
#include <utility>

namespace jetkeep {

class Alive {
 public:
  // The same task, which does nothing once the owner is gone.
  template <typename Task>
  auto Guard(Task task) const {
    return [watch = std::weak_ptr<const int>(token_), task = std::move(task)]() mutable {
      if (!watch.expired()) task();
    };
  }

 private:
  std::shared_ptr<const int> token_ = std::make_shared<const int>(0);
};

}  // namespace jetkeep
