#include "service/nats/restore_turn.h"

namespace jetkeep {
namespace {

constexpr std::chrono::milliseconds kPoll{200};

}  // namespace

Result<RestoreTurn::Held> RestoreTurn::Take(const CancelToken& cancel) {
  while (true) {
    JETKEEP_TRY(cancel.Check());
    if (auto held = TryTake(kPoll)) return *std::move(held);
  }
}

std::optional<RestoreTurn::Held> RestoreTurn::TryTake(std::chrono::milliseconds longest) {
  MutexLock lock(mutex_);
  const bool free =
      left_.WaitFor(lock, longest, [this]() JETKEEP_REQUIRES(mutex_) { return !taken_; });
  if (!free) return std::nullopt;
  taken_ = true;
  return Held(*this);
}

void RestoreTurn::Leave() {
  {
    const MutexLock lock(mutex_);
    taken_ = false;
  }
  left_.NotifyOne();
}

}  // namespace jetkeep
