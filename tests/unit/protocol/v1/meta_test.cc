#include "protocol/v1/meta.h"

#include <gtest/gtest.h>

namespace jetkeep::v1 {
namespace {

constexpr const char* kConfig =
    R"({"name":"S","max_bytes":9223372036854775807,"x":18446744073709551615,"new":{"a":[1,{"b":"}\""}]}})";

TEST(Meta, AStreamsConfigurationSurvivesByteForByte) {
  const auto meta = BuildStreamMeta("2026-01-02T03:04:05.6Z", kConfig);
  ASSERT_TRUE(meta);
  const auto parsed = ParseStreamMeta(*meta);
  ASSERT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(parsed->config_json, kConfig);
  EXPECT_EQ(parsed->created, "2026-01-02T03:04:05.6Z");
  EXPECT_EQ(parsed->name, "S");
}

TEST(Meta, AConsumersConfigurationKeepsItsOwnName) {
  const char* config = R"({"name":"c","durable_name":"c","ack_wait":1})";
  const auto meta = BuildConsumerMeta("", "c", config);
  ASSERT_TRUE(meta);
  EXPECT_EQ(
      *meta,
      R"({"Created":"0001-01-01T00:00:00Z","Name":"c","name":"c","durable_name":"c","ack_wait":1})");
  const auto parsed = ParseConsumerMeta(*meta);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->name, "c");
  EXPECT_EQ(parsed->config_json, config);
}

TEST(Meta, MembersOfOursInAConfigurationAreReplaced) {
  EXPECT_EQ(*BuildStreamMeta("T", R"({"Created":"old","name":"S"})"),
            R"({"Created":"T","name":"S"})");
}

TEST(Meta, WhatIsNotAnObjectIsRefused) {
  for (const char* text : {"", "[]", "{", "{}x", R"({"a"})", R"({"a":})", R"({"a":1,})",
                           R"({"a":[})", R"({a:1})", "{\"a\":\"\n\"}", R"({"a":"\)"}) {
    EXPECT_FALSE(BuildStreamMeta("T", text)) << text;
    const auto parsed = ParseStreamMeta(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::kArchiveCorrupt) << text;
  }
  EXPECT_FALSE(ParseStreamMeta("{\"a\":" + std::string(100'000, '[')));
}

}  // namespace
}  // namespace jetkeep::v1
