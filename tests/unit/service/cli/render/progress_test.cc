#include "service/cli/render/progress.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <limits>

#include "service/cli/render/human.h"

namespace jetkeep {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::Not;

ShownProgress Half() {
  ShownProgress progress;
  progress.label = "backup ORDERS";
  progress.messages_done = 500'000;
  progress.messages_expected = 1'000'000;
  progress.bytes_done = 80 << 20;
  progress.bytes_per_second = 100.0 * (1 << 20);
  progress.remaining_seconds = 12;
  progress.percent = 50;
  return progress;
}

TEST(ProgressBar, ShowsAllThereIsOnAWideTerminal) {
  EXPECT_EQ(RenderBar(Half(), 200),
            "backup ORDERS  [============>           ]   50%  500,000/1,000,000  80.0 MiB  100.0 "
            "MiB/s  12 s left");
}

TEST(ProgressBar, IsNeverWiderThanTheTerminal) {
  ShownProgress progress = Half();
  progress.label =
      "backup B\xc3\x9c"
      "CHER-with-a-very-long-name-that-does-not-fit-anywhere";
  for (std::size_t width = 0; width < 140; ++width) {
    EXPECT_LE(DisplayWidth(RenderBar(progress, width)), width);
    EXPECT_LE(DisplayWidth(RenderBar(Half(), width)), width);
  }
  EXPECT_THAT(RenderBar(progress, 40), HasSubstr("50%"));
}

TEST(ProgressBar, SurvivesNonsense) {
  ShownProgress progress;
  for (const double value : {-5.0, 1e300, std::numeric_limits<double>::quiet_NaN(),
                             std::numeric_limits<double>::infinity()}) {
    progress.percent = value;
    progress.bytes_per_second = value;
    progress.remaining_seconds = value;
    EXPECT_LE(RenderBar(progress, 80).size(), 80U);
    EXPECT_FALSE(RenderLine(progress).empty());
  }
}

TEST(ProgressBar, IsFullOnlyAtTheEnd) {
  ShownProgress progress = Half();
  progress.percent = 99.97;
  EXPECT_THAT(RenderBar(progress, 100), HasSubstr(" 99%"));
  progress.percent = 100;
  EXPECT_THAT(RenderBar(progress, 100), HasSubstr("[========================]  100%"));
}

TEST(ProgressLine, ReadsAsASentence) {
  EXPECT_EQ(RenderLine(Half()),
            "backup ORDERS: 50%, 500,000 of 1,000,000 messages, 80.0 MiB, 100.0 MiB/s, 12 s left");
}

class View : public testing::Test {
 protected:
  ProgressView Make(ProgressView::Style style) {
    return ProgressView(
        style, [this](const std::string& text) { written_ += text; },
        [] { return std::size_t{80}; });
  }
  static ProgressView::Clock::time_point At(milliseconds since) {
    return ProgressView::Clock::time_point(std::chrono::hours(1) + since);
  }
  std::string written_;
};

TEST_F(View, PlainLinesComeAtMostEveryFiveSeconds) {
  ProgressView view = Make(ProgressView::Style::kPlain);
  ShownProgress progress = Half();
  for (int ms = 0; ms <= 12'000; ms += 250) {
    ++progress.messages_done;
    view.Update(progress, At(milliseconds(ms)));
  }
  view.Finish();
  EXPECT_EQ(std::count(written_.begin(), written_.end(), '\n'), 2);
  EXPECT_THAT(written_, Not(HasSubstr("\x1b")));
}

TEST_F(View, APlainLineIsNotRepeatedWhileNothingMoves) {
  ProgressView view = Make(ProgressView::Style::kPlain);
  for (int ms = 0; ms <= 60'000; ms += 1000) view.Update(Half(), At(milliseconds(ms)));
  EXPECT_EQ(std::count(written_.begin(), written_.end(), '\n'), 1);
}

TEST_F(View, TheBarIsDrawnTenTimesASecondAndWiped) {
  ProgressView view = Make(ProgressView::Style::kBar);
  for (int ms = 0; ms < 1000; ++ms) view.Update(Half(), At(milliseconds(ms)));
  EXPECT_EQ(std::count(written_.begin(), written_.end(), '\r'), 10);
  written_.clear();
  view.Say("started");
  EXPECT_EQ(written_, "\r\x1b[Kstarted\n");
  written_.clear();
  view.Finish();
  EXPECT_EQ(written_, "");
}

TEST_F(View, WithJsonNothingIsShown) {
  ProgressView view = Make(ProgressView::Style::kNone);
  view.Update(Half(), At(milliseconds(0)));
  view.Say("started");
  view.Finish();
  EXPECT_EQ(written_, "");
}

}  // namespace
}  // namespace jetkeep
