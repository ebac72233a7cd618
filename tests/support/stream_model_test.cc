// The judge of the living test finds each kind of wrong backup, and takes each right one.
#include "tests/support/stream_model.h"

#include <gtest/gtest.h>

#include <thread>

namespace jetkeep::testing {
namespace {

using Clock = std::chrono::steady_clock;
using Messages = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

class StreamModelTest : public ::testing::Test {
 protected:
  // Message n has content n.
  void Write(StreamModel& model, const std::string& subject,
             StreamModel::Rollup rollup = StreamModel::Rollup::kNone) {
    const auto now = Clock::now();
    ++written_;
    model.Add({.sequence = written_,
               .subject = subject,
               .content = written_,
               .bytes = 10,
               .rollup = rollup,
               .sent = now,
               .acknowledged = now});
  }
  static Messages Of(const std::vector<std::uint64_t>& sequences) {
    Messages messages;
    for (const auto sequence : sequences) messages.emplace_back(sequence, sequence);
    return messages;
  }
  std::string Judged(const StreamModel& model, std::uint64_t last,
                     const std::vector<std::uint64_t>& sequences) const {
    return Joined(model.Judge({.last = last,
                               .messages = Of(sequences),
                               .begun = begun_,
                               .ended = Clock::now(),
                               .seen = Clock::now()}));
  }

  Clock::time_point begun_ = Clock::now();
  std::uint64_t written_ = 0;
};

TEST_F(StreamModelTest, APrefixIsExactAndLossesAdditionsAndOtherContentsAreNot) {
  StreamModel model({});
  for (int i = 0; i < 5; ++i) Write(model, "a");
  EXPECT_EQ(Judged(model, 5, {1, 2, 3, 4, 5}), "");
  EXPECT_EQ(Judged(model, 3, {1, 2, 3}), "");
  EXPECT_EQ(Judged(model, 0, {}), "");
  EXPECT_EQ(Judged(model, 5, {1, 2, 4, 5}), "1 messages lost: 3 (a)\n");
  EXPECT_NE(Judged(model, 3, {1, 2, 3, 4}), "");
  EXPECT_NE(Judged(model, 6, {1, 2, 3, 4, 5, 6}), "");
  Messages other = Of({1, 2, 3, 4, 5});
  other[2].second = 7;
  EXPECT_NE(model.Judge({.last = 5, .messages = other, .ended = Clock::now()}).size(), 0U);
}

TEST_F(StreamModelTest, ARewrittenValueIsOneOfBothButNeverNone) {
  StreamModel model({.max_per_subject = 1});
  for (const char* key : {"a", "b", "a", "b"}) Write(model, key);
  EXPECT_EQ(Judged(model, 2, {1, 2}), "");
  EXPECT_EQ(Judged(model, 3, {2, 3}), "");
  EXPECT_EQ(Judged(model, 4, {3, 4}), "");
  EXPECT_EQ(Judged(model, 3, {3}), "1 messages lost, pushed out after the last only: 2 (b) by 4\n");
  EXPECT_EQ(Judged(model, 4, {1, 3, 4}),
            "1 messages that were pushed out before the last: 1 (a)\n");
}

TEST_F(StreamModelTest, LimitsOfCountAndSizeAndRollups) {
  StreamModel count({.max_messages = 3, .max_per_subject = 2});
  for (const char* subject : {"a", "a", "a", "b", "c"}) Write(count, subject);
  EXPECT_EQ(Judged(count, 5, {3, 4, 5}), "");
  EXPECT_EQ(Judged(count, 4, {2, 3, 4}), "");
  written_ = 0;
  StreamModel bytes({.max_bytes = 25});
  for (int i = 0; i < 4; ++i) Write(bytes, "a");
  EXPECT_EQ(Judged(bytes, 4, {3, 4}), "");
  written_ = 0;
  StreamModel rolled({});
  for (const char* subject : {"a", "b", "a"}) Write(rolled, subject);
  Write(rolled, "a", StreamModel::Rollup::kSubject);
  Write(rolled, "b");
  // Between its storing and what it removes there is a moment.
  EXPECT_EQ(Judged(rolled, 4, {1, 2, 3, 4}), "");
  EXPECT_EQ(Judged(rolled, 4, {2, 4}), "");
  EXPECT_EQ(Judged(rolled, 5, {2, 4, 5}), "");
  EXPECT_NE(Judged(rolled, 5, {1, 2, 4, 5}), "");
}

TEST_F(StreamModelTest, DeletesAndPurgesTakeEffectInTheirOrder) {
  StreamModel model({});
  for (int i = 0; i < 6; ++i) Write(model, i % 2 == 0 ? "a" : "b");
  const auto now = Clock::now();
  model.Delete(4, now, Clock::now());
  model.Purge({.subject = "a", .keep = 1}, now, Clock::now());
  Write(model, "c");
  EXPECT_EQ(Judged(model, 6, {1, 2, 3, 4, 5, 6}), "");
  EXPECT_EQ(Judged(model, 6, {1, 2, 3, 5, 6}), "");
  EXPECT_EQ(Judged(model, 6, {2, 5, 6}), "");
  EXPECT_EQ(Judged(model, 7, {2, 5, 6, 7}), "");
  EXPECT_NE(Judged(model, 6, {2, 4, 5, 6}), "") << "the later one only";
  EXPECT_NE(Judged(model, 7, {2, 4, 5, 6, 7}), "");
  EXPECT_NE(Judged(model, 5, {1, 2, 3, 5}), "") << "before its time";
  begun_ = Clock::now();
  EXPECT_NE(Judged(model, 6, {1, 2, 3, 4, 5, 6}), "") << "older than the request";
}

TEST_F(StreamModelTest, AcknowledgementsShowAtOneMoment) {
  StreamModel model({}, 1, true);
  for (int i = 0; i < 4; ++i) Write(model, "w");
  model.AckAsked(0, 1);
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  model.AckAnswered(0, 1);
  model.AckAsked(0, 3);
  model.AckAnswered(0, 3);
  EXPECT_EQ(Judged(model, 4, {1, 2, 3, 4}), "");
  EXPECT_EQ(Judged(model, 4, {2, 3, 4}), "");
  EXPECT_EQ(Judged(model, 4, {2, 4}), "");
  EXPECT_NE(Judged(model, 4, {1, 2, 4}), "") << "the later one only";
  EXPECT_NE(Judged(model, 4, {2, 3}), "");
  EXPECT_EQ(model.Unacknowledged(0, {.messages = Of({1, 2, 4}), .ended = Clock::now()}),
            (std::vector<std::uint64_t>{2, 4}));
}

TEST_F(StreamModelTest, GapsAreHolesOnceNothingIsUnderWay) {
  StreamModel model({});
  Write(model, "a");
  ++written_;
  Write(model, "a");
  EXPECT_EQ(model.last(), 1U);
  model.Settle();
  EXPECT_EQ(model.last(), 3U);
  EXPECT_EQ(Judged(model, 3, {1, 3}), "");
  EXPECT_NE(Judged(model, 3, {1, 2, 3}), "");
}

}  // namespace
}  // namespace jetkeep::testing
