// CancelToken: asks running work to stop. Every wait polls it at least four times a second.
// Thread-safety: all members may be called from any thread. Copies share one flag.
#pragma once

#include <atomic>
#include <memory>

#include "jetkeep/error.h"

namespace jetkeep {

class CancelToken {
 public:
  CancelToken() : flag_(std::make_shared<std::atomic<bool>>(false)) {}
  void Cancel() { flag_->store(true, std::memory_order_release); }
  bool Cancelled() const { return flag_->load(std::memory_order_acquire); }
  Status Check() const {
    if (Cancelled()) return Fail(Errc::kCancelled, "the job was cancelled");
    return {};
  }

 private:
  std::shared_ptr<std::atomic<bool>> flag_;
};

}  // namespace jetkeep
