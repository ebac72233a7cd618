#include "service/observe/health.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace jetkeep {
namespace {

TEST(Health, SaysWhatIsWrongUntilItIsWellAgain) {
  Health health;
  EXPECT_EQ(health.Body(), "{\"status\":\"ok\",\"problems\":[]}\n");
  health.Set("nats", "not connected");
  health.Set("repository", "full: \"\xff\"");
  EXPECT_EQ(
      health.Body(),
      "{\"status\":\"degraded\",\"problems\":[{\"part\":\"nats\",\"problem\":\"not "
      "connected\"},{\"part\":\"repository\",\"problem\":\"full: \\\"\xef\xbf\xbd\\\"\"}]}\n");
  health.Set("nats", "");
  health.Set("repository", "");
  EXPECT_EQ(health.Body(), "{\"status\":\"ok\",\"problems\":[]}\n");
}

class HealthOfALoop : public testing::Test {
 protected:
  Health::Clock::time_point now_{std::chrono::hours(1)};
  Health health_{[this] { return now_; }};
};

TEST_F(HealthOfALoop, ALoopThatStandsStillIsSaid) {
  health_.Turn();
  now_ += Health::kLongestTurn;
  EXPECT_TRUE(health_.alive());
  EXPECT_NE(health_.Body().find("\"ok\""), std::string::npos);
  now_ += std::chrono::seconds(3);
  EXPECT_FALSE(health_.alive());
  EXPECT_NE(health_.Body().find("\"loop\",\"problem\":\"has stood still for 63 s\""),
            std::string::npos)
      << health_.Body();
  health_.Turn();
  EXPECT_TRUE(health_.alive());
}

// It cleans up first, which may take longer than a turn.
TEST_F(HealthOfALoop, AStartMayTakeItsTime) {
  now_ += std::chrono::hours(1);
  EXPECT_TRUE(health_.alive());
}

}  // namespace
}  // namespace jetkeep
