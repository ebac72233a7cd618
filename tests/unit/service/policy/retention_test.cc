#include "service/policy/retention.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "protocol/base/time.h"

namespace jetkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::int64_t At(const std::string& time) { return *ParseTime(time); }

Candidate Good(const std::string& time) { return {At(time), Worth::kGood, ""}; }

// The places that stay.
std::vector<std::size_t> Stays(const std::vector<Candidate>& candidates, const Retention& keep) {
  std::vector<std::size_t> places;
  const std::vector<Verdict> verdicts = Judge(candidates, keep);
  EXPECT_EQ(verdicts.size(), candidates.size());
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    EXPECT_THAT(verdicts[i].reasons, ::testing::Not(IsEmpty()));
    if (verdicts[i].stays) places.push_back(i);
  }
  return places;
}

TEST(Retention, KeepsTheLast) {
  const std::vector<Candidate> candidates = {
      Good("2026-11-27T10:00:00Z"), Good("2026-11-27T09:00:00Z"), Good("2026-11-27T08:00:00Z")};
  EXPECT_THAT(Stays(candidates, {.last = 2}), ElementsAre(0, 1));
  EXPECT_THAT(Stays(candidates, {.last = 9}), ElementsAre(0, 1, 2));
  EXPECT_THAT(Stays({}, {.last = 1}), IsEmpty());
  const auto verdicts = Judge(candidates, {.last = 1});
  EXPECT_THAT(verdicts[0].reasons, ElementsAre("newest good one", "last 1"));
  EXPECT_THAT(verdicts[2].reasons, ElementsAre("no rule keeps it"));
}

TEST(Retention, TakesTheNewestOfEachDayThatHasOne) {
  const std::vector<Candidate> candidates = {
      Good("2026-11-27T00:00:00Z"), Good("2026-11-26T23:59:59.999999999Z"),
      Good("2026-11-26T00:00:00Z"), Good("2026-11-20T12:00:00Z"), Good("2026-11-19T12:00:00Z")};
  EXPECT_THAT(Stays(candidates, {.daily = 3}), ElementsAre(0, 1, 3));
  EXPECT_THAT(Judge(candidates, {.daily = 3})[1].reasons, ElementsAre("daily 2026-11-26"));
}

TEST(Retention, BeginsWeeksOnMonday) {
  // The 23rd of November 2026 is a Monday.
  const std::vector<Candidate> candidates = {
      Good("2026-11-29T23:00:00Z"), Good("2026-11-23T00:00:00Z"), Good("2026-11-22T23:59:59Z"),
      Good("2026-11-16T00:00:00Z"), Good("2026-11-15T00:00:00Z")};
  EXPECT_THAT(Stays(candidates, {.weekly = 2}), ElementsAre(0, 2));
  EXPECT_THAT(Judge(candidates, {.weekly = 2})[2].reasons, ElementsAre("weekly 2026-11-16"));
}

TEST(Retention, KnowsMonthsYearsAndHours) {
  const std::vector<Candidate> candidates = {
      Good("2024-03-01T00:30:00Z"), Good("2024-03-01T00:00:00Z"), Good("2024-02-29T23:00:00Z"),
      Good("2024-01-31T00:00:00Z"), Good("2023-12-31T23:59:59Z")};
  EXPECT_THAT(Stays(candidates, {.hourly = 2}), ElementsAre(0, 2));
  EXPECT_THAT(Stays(candidates, {.monthly = 3}), ElementsAre(0, 2, 3));
  EXPECT_THAT(Stays(candidates, {.yearly = 2}), ElementsAre(0, 4));
  EXPECT_THAT(Judge(candidates, {.hourly = 2})[2].reasons, ElementsAre("hourly 2024-02-29T23"));
  EXPECT_THAT(Judge(candidates, {.monthly = 2})[2].reasons, ElementsAre("monthly 2024-02"));
  EXPECT_THAT(Judge(candidates, {.yearly = 2})[4].reasons, ElementsAre("yearly 2023"));
}

TEST(Retention, CountsASpanFromTheNewestGoodOneAndNotFromAClock) {
  const std::vector<Candidate> candidates = {
      Good("2020-01-10T00:00:00Z"), Good("2020-01-09T00:00:00Z"), Good("2020-01-08T23:59:59Z")};
  EXPECT_THAT(Stays(candidates, {.within_seconds = 86'400}), ElementsAre(0, 1));
  EXPECT_THAT(Stays(candidates, {.within_seconds = UINT64_MAX}), ElementsAre(0, 1, 2));
  const std::vector<Candidate> odd = {{INT64_MIN, Worth::kGood, ""}, {INT64_MAX, Worth::kGood, ""}};
  EXPECT_THAT(Stays(odd, {.within_seconds = UINT64_MAX}), ElementsAre(0, 1));
}

TEST(Retention, ABadOneCountsForNoRuleAndStaysWhileNothingBetterFollows) {
  std::vector<Candidate> candidates = {{At("2026-11-27T12:00:00Z"), Worth::kBad, ""},
                                       Good("2026-11-27T11:00:00Z"),
                                       {At("2026-11-27T10:00:00Z"), Worth::kBad, ""},
                                       Good("2026-11-27T09:00:00Z")};
  EXPECT_THAT(Stays(candidates, {.last = 2}), ElementsAre(0, 1, 3));
  EXPECT_THAT(Stays(candidates, {.daily = 5}), ElementsAre(0, 1));
  for (Candidate& candidate : candidates) candidate.worth = Worth::kBad;
  EXPECT_THAT(Stays(candidates, {.last = 1}), ElementsAre(0, 1, 2, 3));
}

TEST(Retention, WhatMayBeFalsePushesOutNothingGood) {
  const std::vector<Candidate> candidates = {
      {At("2026-11-27T12:00:00Z"), Worth::kUnproved, ""},
      {At("2026-11-27T11:00:00Z"), Worth::kUnproved, ""},
      Good("2026-11-27T10:00:00Z"),
      {At("2026-11-26T10:00:00Z"), Worth::kUnproved, ""},
      Good("2026-11-26T09:00:00Z"),
  };
  EXPECT_THAT(Stays(candidates, {.last = 1}), ElementsAre(0, 2));
  EXPECT_THAT(Stays(candidates, {.daily = 2}), ElementsAre(0, 2, 3, 4));
}

TEST(Retention, WhatIsHeldOrUnknownStays) {
  const std::vector<Candidate> candidates = {
      Good("2026-11-27T12:00:00Z"),
      {At("2026-11-27T11:00:00Z"), Worth::kGood, "pinned"},
      {At("2026-11-27T10:00:00Z"), Worth::kUnknown, ""},
      Good("2026-11-27T09:00:00Z"),
  };
  const auto verdicts = Judge(candidates, {.last = 1});
  EXPECT_THAT(Stays(candidates, {.last = 1}), ElementsAre(0, 1, 2));
  EXPECT_THAT(verdicts[1].reasons, ElementsAre("pinned"));
  EXPECT_THAT(verdicts[2].reasons, ElementsAre("not readable"));
}

// What each rule says of the good ones, by its definition and in quadratic time.
std::set<std::size_t> Model(const std::vector<Candidate>& candidates, const Retention& keep) {
  std::vector<std::size_t> good;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (candidates[i].worth == Worth::kGood) good.push_back(i);
  }
  std::set<std::size_t> stays;
  if (good.empty()) return stays;
  stays.insert(good.front());
  for (std::size_t i = 0; i < good.size() && i < keep.last; ++i) stays.insert(good[i]);
  const auto periods = [&](std::uint64_t count, std::size_t characters) {
    std::map<std::string, std::size_t> newest;  // by period
    std::vector<std::string> order;
    for (const std::size_t place : good) {
      const std::string period = FormatTime(candidates[place].time_ns).substr(0, characters);
      if (newest.emplace(period, place).second) order.push_back(period);
    }
    for (std::size_t i = 0; i < order.size() && i < count; ++i) stays.insert(newest[order[i]]);
  };
  periods(keep.hourly, 13);
  periods(keep.daily, 10);
  periods(keep.monthly, 7);
  periods(keep.yearly, 4);
  return stays;
}

TEST(Retention, AgreesWithItsDefinition) {
  std::mt19937_64 random(20261127);
  for (int round = 0; round < 300; ++round) {
    std::vector<Candidate> candidates;
    std::int64_t time = At("2026-11-27T00:00:00Z");
    const std::size_t count = random() % 60;
    const std::int64_t most_hours = 1 + static_cast<std::int64_t>(random() % 500);
    for (std::size_t i = 0; i < count; ++i) {
      time -= static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most_hours)) *
              1'800'000'000'000;
      // Now and then a clock that was wrong.
      const std::int64_t shift = random() % 10 == 0 ? 86'400'000'000'000 : 0;
      candidates.push_back({time + shift, random() % 4 == 0 ? Worth::kBad : Worth::kGood, ""});
    }
    const Retention keep{.last = random() % 4,
                         .hourly = random() % 4,
                         .daily = random() % 8,
                         .weekly = 0,
                         .monthly = random() % 4,
                         .yearly = random() % 3};
    const std::vector<Verdict> verdicts = Judge(candidates, keep);
    const std::set<std::size_t> expected = Model(candidates, keep);
    bool good_before = false;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      if (candidates[i].worth == Worth::kGood) {
        EXPECT_EQ(verdicts[i].stays, expected.contains(i)) << "round " << round << ", " << i;
        good_before = true;
      } else {
        EXPECT_EQ(verdicts[i].stays, !good_before) << "round " << round << ", " << i;
      }
    }
  }
}

}  // namespace
}  // namespace jetkeep
