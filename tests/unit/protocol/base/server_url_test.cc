#include "protocol/base/server_url.h"

#include <gtest/gtest.h>

namespace jetkeep {
namespace {

TEST(ServerUrl, IsSplitIntoItsParts) {
  struct Case {
    const char* url;
    const char* scheme;
    const char* login;  // null: none
    const char* host;
  };
  for (const Case& one : {Case{"nats://bob:secret@host:4222", "nats://", "bob:secret", "host:4222"},
                          Case{"host", "", nullptr, "host"},
                          Case{"tls://[::1]:4222", "tls://", nullptr, "[::1]:4222"},
                          Case{"token@host", "", "token", "host"},
                          Case{"nats://a:p@ss@host", "nats://", "a:p@ss", "host"},
                          Case{"a:p://@host", "a:p://", "", "host"},
                          Case{"nats://@", "nats://", "", ""}, Case{"", "", nullptr, ""}}) {
    const ServerUrl split = SplitServerUrl(one.url);
    EXPECT_EQ(split.scheme, one.scheme) << one.url;
    EXPECT_EQ(split.login.has_value(), one.login != nullptr) << one.url;
    if (split.login && one.login != nullptr) {
      EXPECT_EQ(*split.login, one.login) << one.url;
    }
    EXPECT_EQ(split.host, one.host) << one.url;
  }
}

}  // namespace
}  // namespace jetkeep
