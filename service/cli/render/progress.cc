#include "service/cli/render/progress.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "service/cli/render/human.h"

namespace jetkeep {
namespace {

constexpr std::chrono::milliseconds kBarInterval{100};
constexpr std::chrono::seconds kLineInterval{5};
constexpr std::size_t kBarCells = 24;

// 99.97 is not 100: that is for the end only.
std::string Percent(double percent) {
  const double bounded = std::isfinite(percent) ? std::clamp(percent, 0.0, 100.0) : 0.0;
  return std::to_string(static_cast<int>(std::floor(bounded))) + "%";
}

std::uint64_t WholeRate(double rate) {
  return std::isfinite(rate) && rate > 0 && rate < 1e18 ? static_cast<std::uint64_t>(rate) : 0;
}

std::string Bar(double percent) {
  const double share = std::isfinite(percent) ? std::clamp(percent, 0.0, 100.0) / 100 : 0.0;
  const auto full = static_cast<std::size_t>(share * kBarCells);
  std::string cells(full, '=');
  if (full < kBarCells) cells += '>';
  cells.resize(kBarCells, ' ');
  return "[" + cells + "]";
}

}  // namespace

std::string RenderBar(const ShownProgress& progress, std::size_t width) {
  std::string percent = Percent(progress.percent);
  percent.insert(0, 4 - percent.size(), ' ');
  std::vector<std::string> parts{Bar(progress.percent)};
  parts.push_back(progress.messages_expected == 0 ? HumanCount(progress.messages_done)
                                                  : HumanCount(progress.messages_done) + "/" +
                                                        HumanCount(progress.messages_expected));
  parts.push_back(HumanSize(progress.bytes_done));
  if (WholeRate(progress.bytes_per_second) > 0) {
    parts.push_back(HumanSize(WholeRate(progress.bytes_per_second)) + "/s");
  }
  if (progress.remaining_seconds)
    parts.push_back(HumanSeconds(*progress.remaining_seconds) + " left");

  std::string line = CutToWidth(Printable(progress.label), width > 6 ? width - 6 : 0);
  std::string after_bar = "  " + percent;
  bool has_bar = false;
  for (const std::string& part : parts) {
    const std::string next = !has_bar ? line + "  " + part + after_bar : line + "  " + part;
    if (DisplayWidth(next) > width) break;
    line = next;
    has_bar = true;
  }
  if (!has_bar) line += after_bar;
  return CutToWidth(line, width);
}

std::string RenderLine(const ShownProgress& progress) {
  std::string line = Printable(progress.label) + ": " + Percent(progress.percent) + ", " +
                     HumanCount(progress.messages_done);
  if (progress.messages_expected > 0) line += " of " + HumanCount(progress.messages_expected);
  line += " messages, " + HumanSize(progress.bytes_done);
  if (WholeRate(progress.bytes_per_second) > 0) {
    line += ", " + HumanSize(WholeRate(progress.bytes_per_second)) + "/s";
  }
  if (progress.remaining_seconds)
    line += ", " + HumanSeconds(*progress.remaining_seconds) + " left";
  return line;
}

ProgressView::ProgressView(Style style, Write write, std::function<std::size_t()> width)
    : style_(style), write_(std::move(write)), width_(std::move(width)) {}

void ProgressView::Update(const ShownProgress& progress, Clock::time_point now) {
  if (style_ == Style::kNone || style_ == Style::kLines) return;
  if (style_ == Style::kPlain) {
    // The first update only starts the clock: a short job has no progress lines at all.
    if (!last_) last_ = now;
    if (now - *last_ < kLineInterval) return;
    std::string line = RenderLine(progress) + "\n";
    if (line == last_line_) return;  // nothing new: the service is silent
    last_ = now;
    write_(line);
    last_line_ = std::move(line);
    return;
  }
  if (last_ && now - *last_ < kBarInterval && progress.percent < 100) return;
  last_ = now;
  // One column stays free: some terminals wrap when the last one is written.
  write_("\r" + RenderBar(progress, std::max<std::size_t>(width_(), 2) - 1) + "\x1b[K");
  drawn_ = true;
}

void ProgressView::Say(const std::string& line) {
  if (style_ == Style::kNone) return;
  Wipe();
  write_(Printable(line) + "\n");
}

void ProgressView::Finish() { Wipe(); }

ProgressView ProgressViewOf(Console& console, bool no_progress, bool quiet) {
  auto style = ProgressView::Style::kPlain;
  if (console.OutIsTerminal()) style = ProgressView::Style::kBar;
  if (no_progress) style = ProgressView::Style::kLines;
  if (quiet || console.json()) style = ProgressView::Style::kNone;
  return ProgressView(
      style, [&console](const std::string& text) { console.Print(text); },
      [&console] { return console.Width(); });
}

void ProgressView::Wipe() {
  if (drawn_) write_("\r\x1b[K");
  drawn_ = false;
}

}  // namespace jetkeep
