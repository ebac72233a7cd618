#include <gmock/gmock.h>

#include <map>
#include <string>

#include "protocol/nack/nack_resource.h"

namespace jetkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Nack, AStreamHasEveryFieldThatTheResourceHas) {
  const auto stream = NackStream(
      R"({"name":"ORDERS","subjects":["orders.\u003e"],"retention":"limits","max_msgs":-1,)"
      R"("max_age":86400000000000,"max_msgs_per_subject":5,"storage":"file","num_replicas":3,)"
      R"("duplicate_window":120000000000,"allow_rollup_hdrs":true,"compression":"s2",)"
      R"("placement":{"cluster":"c","tags":["a"],"preferred":"n1"},)"
      R"("sources":[{"name":"O","filter_subject":"x","external":{"api":"$JS.hub.API","deliver":"d"},)"
      R"("subject_transforms":[{"src":"a","dest":"b"}]}],"republish":{"src":"a","dest":"b"},)"
      R"("consumer_limits":{},"allow_later":true,"metadata":{"owner":"me"}})",
      "orders");
  ASSERT_TRUE(stream) << stream.error().message;
  EXPECT_EQ(stream->kind, "Stream");
  EXPECT_EQ(
      stream->yaml,
      "apiVersion: jetstream.nats.io/v1beta2\nkind: Stream\nmetadata:\n  name: \"orders\"\nspec:\n"
      "  name: \"ORDERS\"\n  subjects: [\"orders.\\u003e\"]\n  retention: \"limits\"\n"
      "  maxMsgs: -1\n  maxAge: \"24h\"\n  maxMsgsPerSubject: 5\n  storage: \"file\"\n"
      "  replicas: 3\n  duplicateWindow: \"2m\"\n  allowRollup: true\n  compression: \"s2\"\n"
      "  placement: {\"cluster\":\"c\",\"tags\":[\"a\"]}\n"
      "  sources: [{\"name\":\"O\",\"filterSubject\":\"x\",\"externalApiPrefix\":\"$JS.hub.API\","
      "\"externalDeliverPrefix\":\"d\",\"subjectTransforms\":[{\"source\":\"a\",\"dest\":\"b\"}]}]"
      "\n  republish: {\"source\":\"a\",\"destination\":\"b\"}\n  metadata: {\"owner\":\"me\"}\n");
  EXPECT_THAT(stream->left_out, ElementsAre("placement.preferred", "allow_later"));
}

TEST(Nack, BucketsAndObjectStoresAreWhatTheyAre) {
  const auto bucket = NackStream(
      R"({"name":"KV_cfg","subjects":["$KV.cfg.>"],"retention":"limits","max_msgs_per_subject":3,)"
      R"("max_age":0,"max_bytes":-1,"max_msg_size":-1,"discard":"new","storage":"file",)"
      R"("num_replicas":1,"allow_rollup_hdrs":true,"deny_delete":true,"allow_direct":true,)"
      R"("max_consumers":-1,"max_msgs":-1,"duplicate_window":120000000000,"compression":"none"})",
      "cfg");
  ASSERT_TRUE(bucket) << bucket.error().message;
  EXPECT_EQ(bucket->kind, "KeyValue");
  EXPECT_THAT(bucket->yaml, HasSubstr("spec:\n  bucket: \"cfg\"\n  history: 3\n"));
  EXPECT_THAT(bucket->yaml, Not(HasSubstr("maxBytes")));
  EXPECT_THAT(bucket->left_out, IsEmpty());

  const auto store = NackStream(
      R"({"name":"OBJ_files","subjects":["$O.files.M.>","$O.files.C.>"],"storage":"memory",)"
      R"("max_msgs_per_subject":-1,"discard":"new","allow_rollup_hdrs":true,"allow_direct":true,)"
      R"("compression":"s2"})",
      "files");
  ASSERT_TRUE(store);
  EXPECT_EQ(store->kind, "ObjectStore");
  EXPECT_THAT(store->yaml, HasSubstr("compression: true"));
  EXPECT_THAT(store->left_out, IsEmpty());

  // One that only looks like a bucket.
  const auto stream = NackStream(R"({"name":"KV_cfg","subjects":["$KV.cfg.>","more"]})", "x");
  ASSERT_TRUE(stream);
  EXPECT_EQ(stream->kind, "Stream");
}

// The controller would make another stream of the bucket: the resource cannot say these values.
TEST(Nack, ABucketThatIsNotAsEachIsAStreamWithAllOfIt) {
  const std::string keys = R"("name":"KV_cfg","subjects":["$KV.cfg.>"])";
  const std::string objects = R"("name":"OBJ_f","subjects":["$O.f.C.>","$O.f.M.>"])";
  const auto kind_of = [](const std::string& fields) {
    const auto resource = NackStream("{" + fields + "}", "x");
    EXPECT_TRUE(resource) << fields;
    EXPECT_THAT(resource->left_out, IsEmpty()) << fields;
    return resource->kind;
  };
  const std::map<std::string, std::string> usual = {
      {"discard", R"("new")"},     {"allow_rollup_hdrs", "true"},
      {"allow_direct", "true"},    {"max_consumers", "-1"},
      {"max_msgs", "-1"},          {"max_msg_size", "-1"},
      {"retention", R"("limits")"}};
  const auto with = [&](std::map<std::string, std::string> fields, const std::string& name) {
    fields.insert(usual.begin(), usual.end());
    std::string text = name;
    for (const auto& [field, value] : fields) text += ",\"" + field + "\":" + value;
    return text;
  };
  const std::map<std::string, std::string> history = {{"max_msgs_per_subject", "1"},
                                                      {"deny_delete", "true"}};
  EXPECT_EQ(kind_of(with(history, keys)), "KeyValue");
  EXPECT_EQ(kind_of(with({}, objects)), "ObjectStore");
  const std::map<std::string, std::string> of_both = {
      {"retention", R"("interest")"},     {"discard", R"("old")"}, {"allow_rollup_hdrs", "false"},
      {"allow_direct", "false"},          {"max_consumers", "7"},  {"max_msgs", "1000"},
      {"duplicate_window", "5000000000"}, {"deny_purge", "true"},  {"mirror_direct", "true"}};
  for (const auto& [field, value] : of_both) {
    std::map<std::string, std::string> changed = history;
    changed[field] = value;
    EXPECT_EQ(kind_of(with(changed, keys)), "Stream") << field;
    EXPECT_EQ(kind_of(with({{field, value}}, objects)), "Stream") << field;
  }
  for (const char* unlimited : {"-1", "0", "65"}) {
    std::map<std::string, std::string> changed = history;
    changed["max_msgs_per_subject"] = unlimited;
    EXPECT_EQ(kind_of(with(changed, keys)), "Stream") << unlimited;
  }
  EXPECT_EQ(kind_of(with({{"max_msgs_per_subject", "1"}}, keys)), "Stream") << "deny_delete";
  EXPECT_EQ(kind_of(with({{"max_msgs_per_subject", "5"}}, objects)), "Stream");
  EXPECT_EQ(kind_of(with({{"max_msg_size", "5000"}}, objects)), "Stream");
  EXPECT_EQ(kind_of(with({{"deny_delete", "true"}}, objects)), "Stream");
  // The window of messages that live for less than two minutes is no longer than they live.
  std::map<std::string, std::string> brief = history;
  brief["max_age"] = brief["duplicate_window"] = "5000000000";
  EXPECT_EQ(kind_of(with(brief, keys)), "KeyValue");
}

TEST(Nack, AConsumerTellsItsTimesAsTexts) {
  const auto consumer = NackConsumer(
      "ORDERS", "w",
      R"({"durable_name":"w","name":"w","deliver_policy":"by_start_sequence","opt_start_seq":7,)"
      R"("ack_policy":"explicit","ack_wait":30000000000,"backoff":[1000000,1500000000],)"
      R"("max_deliver":3,"max_waiting":512,"pause_until":"0001-01-01T00:00:00Z","direct":true})",
      "orders-w");
  ASSERT_TRUE(consumer) << consumer.error().message;
  EXPECT_EQ(consumer->yaml,
            "apiVersion: jetstream.nats.io/v1beta2\nkind: Consumer\nmetadata:\n"
            "  name: \"orders-w\"\nspec:\n  streamName: \"ORDERS\"\n  durableName: \"w\"\n"
            "  deliverPolicy: \"byStartSequence\"\n  optStartSeq: 7\n  ackPolicy: \"explicit\"\n"
            "  ackWait: \"30s\"\n  backoff: [\"1ms\",\"1500ms\"]\n  maxDeliver: 3\n"
            "  maxWaiting: 512\n");
  EXPECT_THAT(consumer->left_out, ElementsAre("direct"));
}

TEST(Nack, NamesAreThoseOfKubernetes) {
  EXPECT_EQ(NackNameOf("ORDERS"), "orders");
  EXPECT_EQ(NackNameOf("KV_my bucket_"), "kv-my-bucket");
  EXPECT_EQ(NackNameOf("_$"), "unnamed");
  EXPECT_EQ(NackNameOf(std::string(80, 'a')).size(), 63u);
}

TEST(Nack, WhatIsNoConfigurationIsRefused) {
  for (const char* text :
       {"", "[]", "{", R"({"name":"A","max_age":"x"})", R"({"name":"A","sources":{}})"}) {
    EXPECT_FALSE(NackStream(text, "a")) << text;
  }
  EXPECT_FALSE(NackConsumer("A", "b", R"({"ack_wait":"soon"})", "a"));
}

}  // namespace
}  // namespace jetkeep
