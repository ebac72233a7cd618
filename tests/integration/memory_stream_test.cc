// Streams in memory on servers that make no snapshot of them: Jetkeep reads them message by message
// while they live, and every backup is restored on a server that can restore into memory.
#include <gtest/gtest.h>

#include <iostream>
#include <random>

#include "tests/integration/living_scene.h"
#include "tests/integration/round_trip.h"
#include "tests/integration/site.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
using std::chrono::seconds;

class MemoryStreamTest : public ::testing::TestWithParam<std::string> {};

TEST_P(MemoryStreamTest, WhatIsReportedCompleteIsWhatWasLiveAtOneMoment) {
  JETKEEP_NEEDS_SERVER(GetParam());
  JETKEEP_NEEDS_SERVER("2.15");
  LivingCounts counts;
  const std::uint64_t seed = std::random_device{}();
  std::cout << "seed " << seed << std::endl;
  LivingScene scene({.version = GetParam(),
                     .judge_version = "2.15",
                     .seed = seed,
                     .duration = seconds(6),
                     .streams = {"KV_memory", "MEMORY", "WORK_memory"}},
                    counts);
  scene.Play();
  std::cout << counts.Text() << std::endl;
  EXPECT_GT(counts.complete, 3U);
  EXPECT_EQ(counts.not_exact, 0U);
  EXPECT_EQ(counts.drills_failed, 0U);
}

TEST_P(MemoryStreamTest, ABackupSaysThatItWasReadMessageByMessage) {
  JETKEEP_NEEDS_SERVER(GetParam());
  Site site({.server = GetParam()});
  site.Fill("M", 500, 200, {{"storage", "memory"}});
  site.client().CreateConsumer("M", {{"durable_name", "idle"}, {"ack_policy", "explicit"}});
  site.client().CreateConsumer("M", {{"durable_name", "busy"}, {"ack_policy", "explicit"}});
  const auto messages = site.client().Fetch("M", "busy", 5, seconds(2));
  ASSERT_EQ(messages.size(), 5U);
  // Which of the five is acknowledged, the server's list does not tell.
  site.client().Request(messages[2].reply, "+ACK", seconds(2));
  const Outcome outcome = site.BackUp("M");
  ASSERT_TRUE(outcome.completed()) << outcome.Text();
  const Json shown = site.Show(outcome.backup());
  const std::string warnings = shown.at("warnings").dump();
  EXPECT_NE(warnings.find("its messages were read one by one"), std::string::npos) << warnings;
  EXPECT_NE(warnings.find("consumer busy has"), std::string::npos) << warnings;
  EXPECT_EQ(warnings.find("consumer idle"), std::string::npos) << warnings;
  EXPECT_EQ(site.VerifyAll(), "");
  EXPECT_EQ(shown.at("messages"), 500) << shown;
  EXPECT_EQ(shown.at("consumers"), 2) << shown;
  // A server of this version cannot take it back, and says so before anything is sent.
  site.client().DeleteStream("M");
  const Outcome refused = site.End(site.Begin("restore.request", {{"stream", "M"}}));
  EXPECT_FALSE(refused.completed());
  EXPECT_NE(refused.Text().find("memory"), std::string::npos) << refused.Text();
  EXPECT_TRUE(site.client().Api("STREAM.NAMES").value("streams", Json::array()).empty());
}

INSTANTIATE_TEST_SUITE_P(Servers, MemoryStreamTest, ::testing::Values("2.9", "2.10", "2.14"),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing
