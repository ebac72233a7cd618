#include "service/setup/url_login.h"

#include <gtest/gtest.h>

namespace jetkeep {
namespace {

TEST(UrlLogin, StaysWhereItIsWithoutEscapes) {
  std::vector<std::string> urls{"nats://bob:secret@a:4222", "nats://b:4222", "tls://token@c"};
  const std::vector<std::string> before = urls;
  const auto login = TakeEscapedLogin(urls);
  ASSERT_TRUE(login);
  EXPECT_FALSE(*login);
  EXPECT_EQ(urls, before);
}

TEST(UrlLogin, IsDecodedAndTakenOut) {
  std::vector<std::string> urls{"nats://bob:p%40ss%3Aw%2frd@a:4222", "b:4222",
                                "bob:p%40ss%3Aw%2frd@c:4222"};
  const auto login = TakeEscapedLogin(urls);
  ASSERT_TRUE(login && *login);
  EXPECT_EQ((*login)->user, "bob");
  EXPECT_EQ((*login)->password, "p@ss:w/rd");
  EXPECT_EQ((*login)->token, "");
  EXPECT_EQ(urls, (std::vector<std::string>{"nats://a:4222", "b:4222", "c:4222"}));
  urls = {"nats://t%25k@a"};
  const auto token = TakeEscapedLogin(urls);
  ASSERT_TRUE(token && *token);
  EXPECT_EQ((*token)->token, "t%k");
  EXPECT_EQ((*token)->user, "");
}

TEST(UrlLogin, WhatCannotBeHonouredIsRefusedWithoutRepeatingIt) {
  for (const std::vector<std::string>& given :
       {std::vector<std::string>{"nats://bob:secret%@a"},
        {"nats://bob:secret%4@a"},
        {"nats://bob:secret%zz@a"},
        {"nats://bob:secret%40@a", "nats://eve:secret@b"}}) {
    std::vector<std::string> urls = given;
    const auto login = TakeEscapedLogin(urls);
    ASSERT_FALSE(login) << given[0];
    EXPECT_EQ(login.error().code, Errc::kConfigInvalid);
    EXPECT_EQ((login.error().message + login.error().hint).find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace jetkeep
