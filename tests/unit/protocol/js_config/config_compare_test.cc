#include "protocol/js_config/config_compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jetkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(CompareConfigs, DefaultsAndWhatServersFillInAreNoDifference) {
  EXPECT_THAT(
      CompareConfigs(
          ConfigOf::kStream,
          R"({"name":"S","max_msgs":0,"subject_transform":null,"discard":"old"})",
          R"({"max_msgs":-1,"name":"S","num_replicas":1,"compression":"none","consumer_limits":{},)"
          R"("duplicate_window":120000000000,"metadata":{"_nats.level":"3"},"allow_future":true})"),
      IsEmpty());
  EXPECT_THAT(CompareConfigs(ConfigOf::kConsumer, R"({"durable_name":"c","ack_policy":"none"})",
                             R"({"durable_name":"c","name":"c","deliver_policy":"all",)"
                             R"("ack_policy":"none","max_waiting":512,"max_deliver":-1})"),
              IsEmpty());
}

TEST(CompareConfigs, SpellingOfTimesAndTextIsNoDifference) {
  EXPECT_THAT(
      CompareConfigs(ConfigOf::kConsumer,
                     R"({"pause_until":"2099-01-01T00:00:00.500Z","filter_subject":"a.\u003e"})",
                     R"({"pause_until":"2099-01-01T00:00:00.5Z","filter_subject":"a.>"})"),
      IsEmpty());
}

TEST(CompareConfigs, WhatWasAskedForHasToBeThere) {
  EXPECT_THAT(CompareConfigs(ConfigOf::kConsumer, R"({"filter_subjects":["a","b"]})", "{}"),
              ElementsAre(R"(filter_subjects is not set, requested was ["a","b"])"));
  EXPECT_THAT(
      CompareConfigs(ConfigOf::kStream, R"({"sources":[{"name":"A","external":{"api":"x"}}]})",
                     R"({"sources":[{"name":"A"}]})"),
      ElementsAre(HasSubstr("sources[].external.api is not set")));
  EXPECT_THAT(CompareConfigs(ConfigOf::kStream, R"({"num_replicas":3,"metadata":{"a":"b"}})",
                             R"({"num_replicas":1,"metadata":{"_nats.ver":"2"}})"),
              ElementsAre(HasSubstr("metadata is {}"), HasSubstr("num_replicas is 1")));
}

TEST(CompareConfigs, WhatNobodyAskedForIsADifferenceToo) {
  EXPECT_THAT(CompareConfigs(ConfigOf::kStream, R"({"allow_direct":false})",
                             R"({"allow_direct":true,"max_age":5})"),
              ElementsAre(HasSubstr("allow_direct is true"), HasSubstr("max_age is 5")));
  EXPECT_THAT(CompareConfigs(ConfigOf::kStream, "{}", "[]"),
              ElementsAre("the configuration cannot be read"));
}

}  // namespace
}  // namespace jetkeep
