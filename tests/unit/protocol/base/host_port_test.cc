#include "protocol/base/host_port.h"

#include <gtest/gtest.h>

namespace jetkeep {
namespace {

TEST(HostPort, IsTakenApart) {
  const auto named = ParseHostPort("nats-1.example:9425");
  ASSERT_TRUE(named);
  EXPECT_EQ(named->host, "nats-1.example");
  EXPECT_EQ(named->port, 9425);
  EXPECT_EQ(ParseHostPort("[::1]:65535")->host, "::1");
  EXPECT_EQ(ParseHostPort(":0")->host, "");
}

TEST(HostPort, AnythingElseIsNone) {
  for (const char* text :
       {"", ":", "host", "host:", "host:x", "host:65536", "host:-1", "host:1x", "::1:80", "[::1:80",
        "::1]:80", "[]:80", "[host]:80", "a b:1", "a/b:1", "host: 1", "http://host:1"}) {
    EXPECT_FALSE(ParseHostPort(text)) << text;
  }
}

}  // namespace
}  // namespace jetkeep
