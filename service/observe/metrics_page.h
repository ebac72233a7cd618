// MetricsPage: the text of all metrics, for as many readers as come. It is made at most once a
// second, and at most two texts are kept at once, however many readers are slow.
// Thread-safety: belongs to one thread.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace jetkeep {

class MetricsPage {
 public:
  using Clock = std::chrono::steady_clock;
  using Text = std::shared_ptr<const std::string>;

  explicit MetricsPage(
      std::function<std::string()> make,
      std::function<Clock::time_point()> clock = [] { return Clock::now(); });

  // Not older than a second, but where readers still hold the one before it.
  Text Get();

 private:
  const std::function<std::string()> make_;
  const std::function<Clock::time_point()> clock_;
  Text newest_;
  std::weak_ptr<const std::string> before_;
  Clock::time_point made_;
};

}  // namespace jetkeep
