#include "service/engine/restore/expiry_survey.h"

#include <gtest/gtest.h>

namespace jetkeep {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kNow = 1'000 * kSecond;

std::string Ttl(const std::string& value) { return "NATS/1.0\r\nNats-TTL: " + value + "\r\n\r\n"; }

RecordView At(std::int64_t timestamp_ns, std::string_view headers = {}) {
  RecordView record;
  record.timestamp_ns = timestamp_ns;
  record.headers = headers;
  return record;
}

TEST(TimeToLive, ReadsWhatServersRead) {
  EXPECT_EQ(TimeToLive(Ttl("5")), 5 * kSecond);
  EXPECT_EQ(TimeToLive(Ttl("1m30s")), 90 * kSecond);
  EXPECT_EQ(TimeToLive(Ttl("2h")), 7200 * kSecond);
  EXPECT_LT(TimeToLive(Ttl("never")), 0);
  EXPECT_LT(TimeToLive("NATS/1.0\r\nOther: 5\r\n\r\n"), 0);
  EXPECT_LT(TimeToLive({}), 0);
  EXPECT_EQ(TimeToLive(Ttl("soon")), 0);
  EXPECT_EQ(TimeToLive(Ttl("1.5h")), 0);
  EXPECT_EQ(TimeToLive(Ttl("99999999999999999999h")), 0);
}

TEST(ExpirySurvey, CountsWhatMayBeGoneByThen) {
  StreamConfigFacts config;
  config.max_age_ns = 100 * static_cast<std::uint64_t>(kSecond);
  ExpirySurvey survey(config, config, kNow);
  survey.Add(At(kNow - 200 * kSecond));
  survey.Add(At(kNow - 90 * kSecond));  // lives for 10 s more
  survey.Add(At(kNow));
  EXPECT_EQ(survey.MayBeGone(kNow), 1U);
  EXPECT_EQ(survey.MayBeGone(kNow + 4 * kSecond), 1U);
  EXPECT_EQ(survey.MayBeGone(kNow + 10 * kSecond), 2U);
  EXPECT_EQ(survey.MayBeGone(kNow + 200 * kSecond), 3U);
  EXPECT_EQ(survey.Past(), 1U);
}

TEST(ExpirySurvey, CountsTimesToLiveAndSchedulesOnlyWhereTheStreamHasThem) {
  const std::string schedule = "NATS/1.0\r\nNats-Schedule: @every 1h\r\n\r\n";
  StreamConfigFacts config;
  ExpirySurvey none(config, config, kNow);
  config.message_ttl = true;
  config.message_schedules = true;
  ExpirySurvey survey(config, config, kNow);
  for (ExpirySurvey* one : {&none, &survey}) {
    one->Add(At(kNow - 10 * kSecond, Ttl("5s")));
    one->Add(At(kNow - 10 * kSecond, Ttl("never")));
    one->Add(At(kNow, schedule));
    one->Add(At(kNow));
  }
  EXPECT_EQ(survey.MayBeGone(kNow), 2U);
  EXPECT_EQ(none.MayBeGone(kNow + 1000 * kSecond), 0U);
  EXPECT_EQ(survey.Past(), 1U) << "a schedule that repeats stays";
  EXPECT_EQ(none.Past(), 0U);
  survey.Add(At(kNow, "NATS/1.0\r\nNats-Schedule: @at 1970-01-01T00:00:10Z\r\n\r\n"));
  survey.Add(At(kNow, "NATS/1.0\r\nNats-Schedule: @at 2099-01-01T00:00:00Z\r\n\r\n"));
  survey.Add(At(kNow - 10 * kSecond, Ttl("soon")));
  EXPECT_EQ(survey.Past(), 2U) << "what cannot be read is not known to be past";
  EXPECT_EQ(survey.MayBeGone(kNow), 5U);
}

// A drill's stream has no times to live; some stores follow them all the same.
TEST(ExpirySurvey, WhatAServerMayFollowIsNotWhatItSurelyDoes) {
  StreamConfigFacts possible;
  possible.message_ttl = true;
  ExpirySurvey survey(possible, StreamConfigFacts{}, kNow);
  survey.Add(At(kNow - 10 * kSecond, Ttl("5s")));
  EXPECT_EQ(survey.MayBeGone(kNow), 1U);
  EXPECT_EQ(survey.Past(), 0U);
}

}  // namespace
}  // namespace jetkeep
