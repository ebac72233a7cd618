#include "service/app/later_clean_up.h"

#include <utility>

namespace jetkeep {
namespace {

// Beyond the time to live, so that the second look can already tell.
constexpr Timer::Milliseconds kMargin{1'000};

}  // namespace

LaterCleanUp::LaterCleanUp(EventLoop& loop, Repository& repository, Report report)
    : repository_(repository), report_(std::move(report)) {
  timer_ = Timer::Every(loop, repository_.lease_ttl() + kMargin, [this] { OnTimer(); });
}

void LaterCleanUp::OnTimer() {
  if (!repository_.HasToCleanUpAgain() || working_.exchange(true)) return;
  pool_.Run([this] {
    report_(repository_.CleanUpAgain());
    working_ = false;
  });
}

}  // namespace jetkeep
