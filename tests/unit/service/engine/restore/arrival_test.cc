#include "service/engine/restore/arrival.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jetkeep {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class ArrivalTest : public ::testing::Test {
 protected:
  ArrivalTest() {
    expected_.messages = 98;
    expected_.bytes = 9800;
    expected_.first_sequence = 1;
    expected_.last_sequence = 100;
    expected_.num_deleted = 2;
    manifest_.state = expected_;
    manifest_.deleted.AddRange(50, 51);
    actual_ = expected_;
  }
  Arrival Judge(std::uint64_t may_have_expired = 0) {
    return JudgeArrival(manifest_, config_, expected_, actual_, may_have_expired);
  }
  void ExpectDifference() { EXPECT_THAT(Judge().differences, Not(IsEmpty())); }
  void Came(std::uint64_t count) {
    actual_.messages += count;
    actual_.last_sequence += count;
    actual_.bytes += 100 * count;
  }
  void WentInFront(std::uint64_t count) {
    actual_.messages -= count;
    actual_.first_sequence += count;
    actual_.bytes -= 100 * count;
  }

  Manifest manifest_;
  StreamConfigFacts config_;
  StreamState expected_;
  StreamState actual_;
};

TEST_F(ArrivalTest, TheSameStateIsNoDifference) {
  EXPECT_THAT(Judge().differences, IsEmpty());
  EXPECT_EQ(Judge().gone, 0U);
}

TEST_F(ArrivalTest, WhatCameSinceIsNoDifference) {
  Came(7);
  EXPECT_THAT(Judge().differences, IsEmpty());
  EXPECT_THAT(Judge().warnings, IsEmpty());
}

TEST_F(ArrivalTest, WhatCameIntoAnEmptyStreamIsNoDifference) {
  // One that never had a message, and one whose messages had all gone.
  for (const std::uint64_t last : {0U, 100U}) {
    expected_ = {};
    expected_.last_sequence = last;
    expected_.first_sequence = last == 0 ? 0 : last + 1;
    manifest_.state = expected_;
    manifest_.deleted = {};
    actual_ = expected_;
    actual_.messages = 3;
    actual_.bytes = 300;
    actual_.first_sequence = last + 1;
    actual_.last_sequence = last + 3;
    EXPECT_THAT(Judge().differences, IsEmpty()) << last;
    actual_.first_sequence = last;  // where the backup has none
    EXPECT_EQ(Judge().differences.empty(), false) << last;
  }
}

TEST_F(ArrivalTest, AMessageThatIsMissingIsOne) {
  --actual_.messages;
  ExpectDifference();
  Came(7);
  ExpectDifference();
}

TEST_F(ArrivalTest, NeitherLessNorMoreNorAnotherEndIsTheBackup) {
  actual_.last_sequence = 99;
  ExpectDifference();
  actual_ = expected_;
  ++actual_.messages;
  ExpectDifference();
  actual_ = expected_;
  actual_.bytes += 1;
  ExpectDifference();
}

TEST_F(ArrivalTest, RulesOfTimeExplainAsManyAsCanHaveExpired) {
  config_.max_age_ns = 1;
  WentInFront(10);
  EXPECT_THAT(Judge(9).differences, Not(IsEmpty()));
  const Arrival arrival = Judge(10);
  EXPECT_THAT(arrival.differences, IsEmpty());
  ASSERT_EQ(arrival.warnings.size(), 1U);
  EXPECT_THAT(arrival.warnings[0], HasSubstr("10 messages"));
  EXPECT_THAT(arrival.warnings[0], HasSubstr("max_age"));
  EXPECT_GT(arrival.gone, 0U);
}

TEST_F(ArrivalTest, AllMayHaveExpired) {
  config_.message_ttl = true;
  actual_.messages = 0;
  actual_.bytes = 0;
  actual_.first_sequence = 101;
  EXPECT_THAT(Judge(98).differences, IsEmpty());
  EXPECT_THAT(Judge(97).differences, Not(IsEmpty()));
}

TEST_F(ArrivalTest, LimitsRemoveForWhatCame) {
  WentInFront(10);
  Came(10);
  ExpectDifference();
  config_.max_messages = 98;
  EXPECT_THAT(Judge().differences, IsEmpty());
  EXPECT_GT(Judge().gone, 0U);
}

TEST_F(ArrivalTest, ALimitThatIsFarAwayExplainsNothing) {
  WentInFront(10);
  Came(10);
  config_.max_messages = 100'000;
  ExpectDifference();
}

TEST_F(ArrivalTest, LimitsAloneRemoveNothing) {
  config_.max_messages = 98;
  WentInFront(10);
  ExpectDifference();
}

TEST_F(ArrivalTest, AStreamAboveItsLimitIsTrimmed) {
  config_.max_messages = 90;
  WentInFront(8);
  EXPECT_THAT(Judge().differences, IsEmpty());
}

TEST_F(ArrivalTest, ASubjectNeverLosesItsLastMessageToItsLimit) {
  config_.max_per_subject = 1;
  expected_.num_subjects = 60;
  actual_.num_subjects = 60;
  WentInFront(10);
  EXPECT_THAT(Judge().differences, IsEmpty());
  actual_.num_subjects = 59;
  ExpectDifference();
}

TEST(StillToGo, SpeaksOfWhatTheServerHadNotRemovedYet) {
  EXPECT_EQ(StillToGo(0, 0), "");
  EXPECT_EQ(StillToGo(5, 5), "");
  EXPECT_NE(StillToGo(5, 2).find("5 messages"), std::string::npos);
}

}  // namespace
}  // namespace jetkeep
