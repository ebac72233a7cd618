// The facts that are read from configurations, and the edits of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/base/utf8.h"
#include "protocol/js_config/config_edit.h"
#include "protocol/js_config/config_value.h"
#include "protocol/js_config/consumer_config.h"
#include "protocol/js_config/stream_config.h"

namespace jetkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(StreamConfig, FactsAreRead) {
  const auto config = ReadStreamConfig(
      R"({"name":"S","subjects":["a.>","b"],"retention":"workqueue","max_consumers":5,"max_msgs":-1,)"
      R"("max_bytes":1024,"discard":"new","max_age":7,"max_msgs_per_subject":3,"storage":"memory",)"
      R"("num_replicas":3,"no_ack":true,"duplicate_window":9,"allow_rollup_hdrs":true,"first_seq":11,)"
      R"("allow_msg_ttl":true,"consumer_limits":{"max_ack_pending":2,"inactive_threshold":4},"new":{}})");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->name, "S");
  EXPECT_THAT(config->subjects, ElementsAre("a.>", "b"));
  EXPECT_TRUE(config->work_queue);
  EXPECT_TRUE(config->removes_on_ack);
  EXPECT_EQ(config->max_consumers, 5);
  EXPECT_EQ(config->max_messages, -1);
  EXPECT_EQ(config->max_bytes, 1024);
  EXPECT_TRUE(config->discards_new);
  EXPECT_EQ(config->max_age_ns, 7u);
  EXPECT_EQ(config->max_per_subject, 3u);
  EXPECT_TRUE(config->in_memory);
  EXPECT_EQ(config->replicas, 3u);
  EXPECT_TRUE(config->no_ack);
  EXPECT_EQ(config->duplicate_window_ns, 9u);
  EXPECT_TRUE(config->allow_rollup);
  EXPECT_EQ(config->first_sequence, 11u);
  EXPECT_TRUE(config->message_ttl);
  EXPECT_FALSE(config->message_schedules);
  EXPECT_EQ(config->consumer_max_ack_pending, 2u);
  EXPECT_EQ(config->consumer_inactive_threshold_ns, 4u);
}

// Servers keep such numbers, and take them for none.
TEST(StreamConfig, LimitsAndDurationsBelowZeroAreNone) {
  const auto config = ReadStreamConfig(
      R"({"name":"S","max_age":-5,"max_msgs_per_subject":-1,"duplicate_window":-1,)"
      R"("max_msg_size":-1,"consumer_limits":{"max_ack_pending":-1,"inactive_threshold":-2}})");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->max_age_ns, 0u);
  EXPECT_EQ(config->max_per_subject, 0u);
  EXPECT_EQ(config->duplicate_window_ns, 0u);
  EXPECT_EQ(config->consumer_max_ack_pending, 0u);
  EXPECT_EQ(config->consumer_inactive_threshold_ns, 0u);
  const ConsumerConfigFacts consumer = ReadConsumerConfig(
      R"({"name":"c","inactive_threshold":-1,"ack_wait":5,"backoff":[1,-2],"sourcing":true})");
  EXPECT_TRUE(consumer.named);
  EXPECT_FALSE(consumer.expires);
  EXPECT_TRUE(consumer.negative_waits);
  EXPECT_TRUE(consumer.feeds_stream);
}

TEST(StreamConfig, OriginsAreMirroredOrSourced) {
  const auto mirror = ReadStreamConfig(
      R"({"name":"S","mirror":{"name":"M","external":{"api":"x"}},"sources":null})");
  ASSERT_TRUE(mirror);
  ASSERT_EQ(mirror->origins.size(), 1u);
  EXPECT_TRUE(mirror->origins[0].mirrored);
  EXPECT_TRUE(mirror->origins[0].external);
  const auto sources = ReadStreamConfig(R"({"mirror":null,"sources":[{"name":"A"},{"name":"B"}]})");
  ASSERT_TRUE(sources);
  ASSERT_EQ(sources->origins.size(), 2u);
  EXPECT_FALSE(sources->origins[1].mirrored);
  EXPECT_FALSE(sources->origins[1].external);
  EXPECT_EQ(sources->origins[1].name, "B");
}

TEST(StreamConfig, WhatCannotBeReadIsAnError) {
  for (const char* text : {"", "[]", R"({"name":1})", R"({"max_age":"x"})", R"({"subjects":"a"})",
                           R"({"sources":{}})", R"({"no_ack":1})", R"({"max_msgs":1.5})"}) {
    const auto config = ReadStreamConfig(text);
    ASSERT_FALSE(config) << text;
    EXPECT_EQ(config.error().code, Errc::kInvalidRequest);
  }
}

TEST(StreamConfig, IsThatOfTheStreamItNames) {
  const auto config = ReadStreamConfig(R"({"name":"S"})");
  ASSERT_TRUE(config);
  EXPECT_TRUE(CheckNames(*config, "S"));
  EXPECT_THAT(CheckNames(*config, "T").error().message, HasSubstr("is that of stream S"));
}

TEST(ConsumerConfig, FactsAreRead) {
  const ConsumerConfigFacts config = ReadConsumerConfig(
      R"({"durable_name":"d","name":"d","deliver_subject":"x","filter_subjects":["a","b"],)"
      R"("opt_start_seq":7,"inactive_threshold":5,"mem_storage":true,"backoff":[1,2,3],)"
      R"("ack_policy":"explicit","max_ack_pending":-1,"num_replicas":1})");
  EXPECT_TRUE(config.durable);
  EXPECT_TRUE(config.named);
  EXPECT_EQ(config.deliver_subject, "x");
  EXPECT_THAT(config.filters, ElementsAre("a", "b"));
  EXPECT_TRUE(config.selects);
  EXPECT_EQ(config.start_sequence, 7u);
  EXPECT_TRUE(config.expires);
  EXPECT_TRUE(config.MayVanish());
  EXPECT_TRUE(config.in_memory);
  EXPECT_EQ(config.backoff_steps, 3u);
  EXPECT_EQ(config.ack_policy, "explicit");
  EXPECT_EQ(config.max_ack_pending, -1);
  EXPECT_FALSE(ReadConsumerConfig(R"({"durable_name":"d"})").named);
  EXPECT_TRUE(ReadConsumerConfig(R"({"deliver_policy":"last_per_subject"})").selects);
}

TEST(ConsumerConfig, OneThatCannotBeReadIsTheStrictestCase) {
  for (const char* text : {"", "[]", R"({"mem_storage":true,"max_deliver":"x"})"}) {
    const ConsumerConfigFacts config = ReadConsumerConfig(text);
    EXPECT_TRUE(config.durable) << text;
    EXPECT_FALSE(config.in_memory) << text;
    EXPECT_FALSE(config.MayVanish()) << text;
  }
}

TEST(ConsumerConfig, AStartIsMovedOrTakenOut) {
  const char* config =
      R"({"name":"c","deliver_policy":"by_start_time","opt_start_time":"2026-01-01T00:00:00Z","x":[1, 2]})";
  EXPECT_EQ(*StartAbove(config, 41),
            R"({"name":"c","x":[1, 2],"deliver_policy":"by_start_sequence","opt_start_seq":42})");
  EXPECT_EQ(WithoutStart(config), R"({"name":"c","x":[1, 2]})");
  EXPECT_EQ(WithoutStart(R"({"opt_start_seq":1})"), "{}");
  EXPECT_EQ(WithoutStart("no object"), "no object");
  EXPECT_FALSE(StartAbove("[]", 1));
}

TEST(ConfigEdit, AMemberIsTakenOut) {
  EXPECT_EQ(*WithoutMember(R"({"a":1,"first_seq":7,"b":"\u003e"})", "first_seq"),
            R"({"a":1,"b":"\u003e"})");
  EXPECT_EQ(*WithoutMember(R"({"a":1})", "first_seq"), R"({"a":1})");
  EXPECT_FALSE(WithoutMember("null", "a"));
}

TEST(ConfigValue, SomeValuesMeanTheSameAsNone) {
  for (const char* json : {"null", "false", "0", "0.0", R"("")", "[]", "{}", R"({"a":{"b":0}})",
                           R"("0001-01-01T00:00:00Z")"}) {
    EXPECT_TRUE(MeansAbsent(nullptr, json)) << json;
  }
  for (const char* json : {"true", "-1", R"("x")", "[0]", R"({"a":1})", "", "nonsense"}) {
    EXPECT_FALSE(MeansAbsent(nullptr, json)) << json;
  }
  const ConfigField* field = FindField(ConfigOf::kConsumer, "deliver_policy");
  ASSERT_NE(field, nullptr);
  EXPECT_TRUE(MeansAbsent(field, R"("all")"));
  EXPECT_FALSE(MeansAbsent(field, R"("new")"));
  EXPECT_TRUE(MeansAbsent(FindField(ConfigOf::kStream, "max_msgs"), "-2"));
  EXPECT_FALSE(MeansAbsent(FindField(ConfigOf::kConsumer, "max_ack_pending"), "-1"));
}

TEST(ConfigValue, ALongOneIsShortenedBetweenCharacters) {
  EXPECT_EQ(ShownValue("[1]"), "[1]");
  for (std::size_t before = 76; before < 81; ++before) {
    const std::string shown =
        ShownValue(std::string(before, 'x') + "\xe6\xb3\xa8\xe6\x96\x87" + std::string(20, 'y'));
    EXPECT_TRUE(IsUtf8(shown)) << shown;
    EXPECT_TRUE(shown.ends_with("…")) << shown;
    EXPECT_LE(shown.size(), 83u);
  }
}

}  // namespace
}  // namespace jetkeep
