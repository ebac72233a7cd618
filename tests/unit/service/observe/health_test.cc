#include "service/observe/health.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace jetkeep
