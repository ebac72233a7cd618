#include "service/observe/metrics_page.h"

#include <utility>

namespace jetkeep {
namespace {

constexpr std::chrono::seconds kFresh{1};

}  // namespace

MetricsPage::MetricsPage(std::function<std::string()> make,
                         std::function<Clock::time_point()> clock)
    : make_(std::move(make)), clock_(std::move(clock)) {}

MetricsPage::Text MetricsPage::Get() {
  const Clock::time_point now = clock_();
  if (newest_ != nullptr && (now - made_ < kFresh || !before_.expired())) return newest_;
  before_ = std::exchange(newest_, nullptr);
  newest_ = std::make_shared<const std::string>(make_());
  made_ = now;
  return newest_;
}

}  // namespace jetkeep
