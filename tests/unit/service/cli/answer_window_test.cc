// How long the command line waits for the answers of further instances.
#include "service/cli/answer_window.h"

#include <gmock/gmock.h>

namespace jetkeep {
namespace {

using std::chrono::milliseconds;
using TimePoint = AnswerWindow::TimePoint;

constexpr TimePoint kAsked{std::chrono::hours(1)};
constexpr milliseconds kLongest{500};

TimePoint After(int count) { return kAsked + milliseconds(count); }

TEST(AnswerWindow, WithoutAnAnswerItLastsToTheDeadline) {
  const AnswerWindow window(kAsked, After(5'000));
  EXPECT_FALSE(window.answered());
  EXPECT_EQ(window.until(), After(5'000));
}

TEST(AnswerWindow, EndsSoonAfterTheOnlyAnswer) {
  AnswerWindow window(kAsked, After(5'000));
  window.Note(After(1), kLongest);
  EXPECT_TRUE(window.answered());
  EXPECT_EQ(window.until(), After(1) + AnswerWindow::kLeast);
}

TEST(AnswerWindow, FarInstancesGetTimesAsLongAsTheFirst) {
  AnswerWindow window(kAsked, After(5'000));
  window.Note(After(40), kLongest);
  EXPECT_EQ(window.until(), After(40 + 200));
  window.Note(After(100), kLongest);
  EXPECT_EQ(window.until(), After(100 + 200)) << "each answer opens it again";
}

TEST(AnswerWindow, NeverLastsLongerThanTheFirstAnswerAllows) {
  AnswerWindow window(kAsked, After(5'000));
  window.Note(After(200), kLongest);
  EXPECT_EQ(window.until(), After(200 + 500));
  for (int at = 300; at < 700; at += 100) window.Note(After(at), kLongest);
  EXPECT_EQ(window.until(), After(200 + 500)) << "answers that go on coming";
}

TEST(AnswerWindow, NeverLastsLongerThanTheDeadline) {
  AnswerWindow window(kAsked, After(150));
  window.Note(After(120), kLongest);
  EXPECT_EQ(window.until(), After(150));
}

TEST(AnswerWindow, AnAnswerThatLayThereHasTakenWhatItTook) {
  AnswerWindow window(kAsked, After(150));
  window.NoteEarlier(milliseconds(2), kLongest);
  EXPECT_EQ(window.until(), After(2) + AnswerWindow::kLeast) << "whenever somebody looks";
}

}  // namespace
}  // namespace jetkeep
