#include "service/nats/send_window.h"

#include <gtest/gtest.h>

namespace jetkeep {
namespace {

using std::chrono::milliseconds;

// Fills the window and has every chunk answered after so long.
void Round(SendWindow& window, milliseconds latency) {
  const SendWindow::Clock::time_point now{};
  const std::size_t chunks = window.size() - window.open();
  for (std::size_t i = 0; i < chunks; ++i) window.Sent(now);
  while (window.open() > 0) window.Answered(now + latency);
}

TEST(SendWindowTest, GrowsToItsMostWhileAnswersAreQuick) {
  SendWindow window(16);
  EXPECT_EQ(window.size(), 2U);
  Round(window, milliseconds(20));
  EXPECT_EQ(window.size(), 4U);
  for (int i = 0; i < 5; ++i) Round(window, milliseconds(20));
  EXPECT_EQ(window.size(), 16U);
}

TEST(SendWindowTest, StaysWhereAnswersTakeTheirTimeAndShrinksWhereTheyTakeLonger) {
  SendWindow window(16);
  for (int i = 0; i < 3; ++i) Round(window, milliseconds(20));
  const std::size_t before = window.size();
  Round(window, milliseconds(300));
  EXPECT_EQ(window.size(), before);
  for (int i = 0; i < 9; ++i) Round(window, milliseconds(800));
  EXPECT_EQ(window.size(), 2U);
}

TEST(SendWindowTest, NeverLeavesWhatWasAskedFor) {
  for (const std::size_t most : {0U, 1U, 3U}) {
    SendWindow window(most);
    for (const int latency : {1, 1, 900, 900, 1, 900}) {
      Round(window, milliseconds(latency));
      EXPECT_GE(window.size(), 1U);
      EXPECT_LE(window.size(), std::max<std::size_t>(most, 1));
    }
  }
}

}  // namespace
}  // namespace jetkeep
