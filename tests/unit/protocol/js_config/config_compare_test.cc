#include "protocol/js_config/config_compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jetkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> Differences(ConfigOf kind, const std::string& asked,
                                     const std::string& found) {
  return InWords(CompareConfigs(kind, asked, found).not_as_asked);
}

TEST(CompareConfigs, DefaultsAndWhatServersFillInAreNoDifference) {
  EXPECT_THAT(
      Differences(
          ConfigOf::kStream,
          R"({"name":"S","max_msgs":0,"subject_transform":null,"discard":"old"})",
          R"({"max_msgs":-1,"name":"S","num_replicas":1,"compression":"none","consumer_limits":{},)"
          R"("duplicate_window":120000000000,"metadata":{"_nats.level":"3"},"allow_future":true})"),
      IsEmpty());
  EXPECT_THAT(Differences(ConfigOf::kConsumer, R"({"durable_name":"c","ack_policy":"none"})",
                          R"({"durable_name":"c","name":"c","deliver_policy":"all",)"
                          R"("ack_policy":"none","max_waiting":512,"max_deliver":-1})"),
              IsEmpty());
}

TEST(CompareConfigs, SpellingOfTimesAndTextIsNoDifference) {
  EXPECT_THAT(
      Differences(ConfigOf::kConsumer,
                  R"({"pause_until":"2099-01-01T00:00:00.500Z","filter_subject":"a.\u003e"})",
                  R"({"pause_until":"2099-01-01T00:00:00.5Z","filter_subject":"a.>"})"),
      IsEmpty());
}

TEST(CompareConfigs, ARepublishOfEverythingIsSpelledInTwoWays) {
  EXPECT_THAT(Differences(ConfigOf::kStream, R"({"republish":{"src":"","dest":""}})",
                          R"({"republish":{"src":">","dest":">"}})"),
              IsEmpty());
  EXPECT_THAT(Differences(ConfigOf::kStream, R"({"republish":{"dest":"a.>"}})", "{}"),
              ElementsAre(HasSubstr("republish.dest is not set")));
}

TEST(CompareConfigs, WhatWasAskedForHasToBeThere) {
  EXPECT_THAT(Differences(ConfigOf::kConsumer, R"({"filter_subjects":["a","b"]})", "{}"),
              ElementsAre(R"(filter_subjects is not set, requested was ["a","b"])"));
  EXPECT_THAT(Differences(ConfigOf::kStream, R"({"sources":[{"name":"A","external":{"api":"x"}}]})",
                          R"({"sources":[{"name":"A"}]})"),
              ElementsAre(HasSubstr("sources[].external.api is not set")));
  EXPECT_THAT(Differences(ConfigOf::kStream, R"({"num_replicas":3,"metadata":{"a":"b"}})",
                          R"({"num_replicas":1,"metadata":{"_nats.ver":"2"}})"),
              ElementsAre(HasSubstr("metadata is {}"), HasSubstr("num_replicas is 1")));
}

TEST(CompareConfigs, WhatNobodyAskedForIsADifferenceToo) {
  EXPECT_THAT(Differences(ConfigOf::kStream, R"({"allow_direct":false})",
                          R"({"allow_direct":true,"max_age":5})"),
              ElementsAre(HasSubstr("allow_direct is true"), HasSubstr("max_age is 5")));
  EXPECT_THAT(Differences(ConfigOf::kStream, "{}", "[]"),
              ElementsAre("the configuration cannot be read"));
}

TEST(CompareConfigs, AnythingBelowZeroIsOneValue) {
  EXPECT_THAT(Differences(ConfigOf::kStream, R"({"max_msgs":-5,"max_bytes":-2,"max_consumers":0})",
                          R"({"max_msgs":-1,"max_bytes":-1,"max_consumers":-1})"),
              IsEmpty());
  EXPECT_THAT(Differences(ConfigOf::kConsumer,
                          R"({"idle_heartbeat":-1,"inactive_threshold":-3,"max_ack_pending":-7})",
                          R"({"max_ack_pending":-1})"),
              IsEmpty());
  // Without limit is not the same as the server's own limit.
  EXPECT_THAT(
      Differences(ConfigOf::kConsumer, R"({"max_ack_pending":-1})", R"({"max_ack_pending":1000})"),
      ElementsAre(HasSubstr("max_ack_pending is 1000")));
}

TEST(CompareConfigs, WhatTheServerDecidesByItselfIsSaidApart) {
  const auto choice = [](ConfigOf kind, const char* asked, const char* found) {
    const ConfigDifferences differences = CompareConfigs(kind, asked, found);
    EXPECT_THAT(differences.not_as_asked, IsEmpty());
    return InWords(differences.servers_choice);
  };
  EXPECT_THAT(choice(ConfigOf::kStream, R"({"mirror_direct":true})", "{}"),
              ElementsAre(HasSubstr("mirror_direct is not set")));
  EXPECT_THAT(choice(ConfigOf::kStream, "{}", R"({"mirror_direct":true})"),
              ElementsAre(HasSubstr("mirror_direct is true")));
  EXPECT_THAT(choice(ConfigOf::kConsumer, R"({"durable_name":"c"})",
                     R"({"durable_name":"c","name":"c","inactive_threshold":5})"),
              ElementsAre(HasSubstr("inactive_threshold is 5")));
}

}  // namespace
}  // namespace jetkeep
