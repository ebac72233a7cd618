// How the progress of jobs is shown: one line redrawn on a terminal, plain lines elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "service/cli/console.h"

namespace jetkeep {

struct ShownProgress {
  std::string label;  // "backup ORDERS"
  std::uint64_t messages_done = 0;
  std::uint64_t messages_expected = 0;
  std::uint64_t bytes_done = 0;
  double bytes_per_second = 0;
  std::optional<double> remaining_seconds;
  double percent = 0;  // 0..100
};

// "backup ORDERS  [=====>     ]  45%  450,000/1,000,000  71.1 MiB  105.2 MiB/s  2 s left", never
// wider than `width`: what does not fit is left out from the right, the label is cut last.
std::string RenderBar(const ShownProgress& progress, std::size_t width);

// "backup ORDERS: 45%, 450,000 of 1,000,000 messages, 71.1 MiB, 105.2 MiB/s, 2 s left"
std::string RenderLine(const ShownProgress& progress);

// Not thread-safe.
class ProgressView {
 public:
  using Clock = std::chrono::steady_clock;
  using Write = std::function<void(const std::string&)>;
  enum class Style : std::uint8_t {
    kNone,   // shows nothing
    kLines,  // shows the lines of Say only
    kPlain,
    kBar,
  };
  ProgressView(Style style, Write write, std::function<std::size_t()> width);

  // Draws at most ten times a second as a bar, prints at most every five seconds as plain lines.
  void Update(const ShownProgress& progress, Clock::time_point now);
  // A line that stays; the bar is drawn again below it with the next update.
  void Say(const std::string& line);
  // Wipes the bar.
  void Finish();

 private:
  void Wipe();

  Style style_;
  Write write_;
  std::function<std::size_t()> width_;
  std::optional<Clock::time_point> last_;
  std::string last_line_;  // plain lines only
  bool drawn_ = false;
};

// As suits where the console writes to.
ProgressView ProgressViewOf(Console& console, bool no_progress, bool quiet);

}  // namespace jetkeep
