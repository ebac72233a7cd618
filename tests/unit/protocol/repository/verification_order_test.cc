#include "protocol/repository/verification_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "protocol/repository/repository_header.h"
#include "protocol/repository/sealed_json.h"

namespace jetkeep {
namespace {

constexpr bool kGood = true;
constexpr bool kBad = false;
constexpr bool kDrill = true;
constexpr bool kRead = false;

// The time of the result that counts, for each order in which they come.
std::int64_t Counts(std::vector<Verification> results) {
  const auto less = [](const auto& a, const auto& b) { return a.time_ns < b.time_ns; };
  std::sort(results.begin(), results.end(), less);
  const auto first = VerificationThatCounts(results);
  while (std::next_permutation(results.begin(), results.end(), less)) {
    EXPECT_EQ(VerificationThatCounts(results)->time_ns, first->time_ns);
  }
  return first->time_ns;
}

TEST(VerificationOrder, OfResultsThatSawEachOtherTheLatestCounts) {
  EXPECT_EQ(Counts({{1, kGood, kRead, 0}, {2, kBad, kRead, 1}, {3, kGood, kRead, 2}}), 3);
  EXPECT_EQ(Counts({{1, kGood, kRead, 0}, {2, kGood, kRead, 1}, {3, kBad, kRead, 2}}), 3);
}

TEST(VerificationOrder, OfTwoAtOnceTheBadOneCounts) {
  EXPECT_EQ(Counts({{1, kGood, kRead, 0}, {5, kBad, kRead, 1}, {9, kGood, kRead, 1}}), 5);
  EXPECT_EQ(Counts({{5, kGood, kRead, 1}, {9, kBad, kRead, 1}}), 9);
}

TEST(VerificationOrder, AFailedDrillIsOverruledByADrillOnly) {
  EXPECT_EQ(Counts({{1, kBad, kDrill, 0}, {2, kGood, kRead, 1}}), 1);
  EXPECT_EQ(Counts({{1, kBad, kDrill, 0}, {2, kGood, kDrill, 1}}), 2);
  EXPECT_EQ(Counts({{1, kBad, kRead, 0}, {2, kGood, kDrill, 1}}), 2);
}

TEST(VerificationOrder, NoneOfNone) { EXPECT_FALSE(VerificationThatCounts({})); }

TEST(VerificationOrder, OneThatCannotBeReadIsOverruledByWhatBeganLater) {
  EXPECT_TRUE(OverrulesUnreadable({9, kGood, kRead, 5}, 5));
  EXPECT_FALSE(OverrulesUnreadable({9, kGood, kRead, 4}, 5));
}

TEST(VerificationResult, KeepsWhatItSaw) {
  const std::string id = "20261121T012410Z-7k2m9qdx";
  const auto parsed = ParseVerification(id, EncodeVerification(id, {9, kGood, kDrill, 4}));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->seen_ns, 4);
  EXPECT_FALSE(ParseVerification(id, EncodeVerification(id, {9, kGood, kDrill, 9})))
      << "it cannot have seen itself";
}

TEST(VerificationResult, OneOfTheFirstVersionOverrulesAllBeforeIt) {
  const std::string id = "20261121T012410Z-7k2m9qdx";
  const auto parsed = ParseVerification(
      id, SealJson("  \"backup\": \"" + id +
                   "\",\n  \"time_ns\": 9,\n  \"ok\": true,\n  \"drill\": false,\n"));
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->seen_ns, 8);
}

}  // namespace
}  // namespace jetkeep
