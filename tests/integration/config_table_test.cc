// The table of configuration fields (protocol/js_config) against the servers: each field that a
// version is said to know is kept by it, each that it is said not to know is dropped or refused.
#include "protocol/js_config/config_table.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "protocol/js_config/config_compare.h"
#include "tests/integration/round_trip.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;

constexpr int kInvalidJson = 10025;

// A configuration in which the field says something.
struct Sample {
  Json config;
  // No client can make one with the field: a server that knows it refuses for another reason.
  bool refused_where_known = false;
};

Json With(Json base, const Json& more) {
  base.update(more);
  return base;
}

Json Origin(const Json& more) { return With({{"name", "ORIGIN"}}, more); }

std::map<std::string, Sample> StreamSamples() {
  const Json external{{"api", "$JS.other.API"}, {"deliver", "far.deliver"}};
  const Json transforms = Json::array({{{"src", "x.>"}, {"dest", "y.>"}}});
  const Json consumer{{"name", "feed"}, {"deliver_subject", "feed.here"}};
  std::map<std::string, Sample> samples{
      {"name", {Json::object()}},
      {"description", {{{"description", "d"}}}},
      {"subjects", {Json::object()}},
      {"retention", {{{"retention", "interest"}}}},
      {"max_consumers", {{{"max_consumers", 3}}}},
      {"max_msgs", {{{"max_msgs", 5}}}},
      {"max_bytes", {{{"max_bytes", 100000}}}},
      {"max_age", {{{"max_age", 1000000000000}}}},
      {"max_msgs_per_subject", {{{"max_msgs_per_subject", 5}}}},
      {"max_msg_size", {{{"max_msg_size", 1000}}}},
      {"discard", {{{"discard", "new"}}}},
      {"storage", {{{"storage", "memory"}}}},
      {"num_replicas", {Json::object()}},
      {"no_ack", {{{"no_ack", true}}}},
      {"template_owner", {{{"template_owner", "T"}}, true}},
      {"duplicate_window", {{{"duplicate_window", 1000000000}}}},
      {"placement", {{{"placement", {{"cluster", "C"}}}}}},
      {"placement.cluster", {{{"placement", {{"cluster", "C"}}}}}},
      {"placement.tags", {{{"placement", {{"cluster", "C"}, {"tags", {"t"}}}}}}},
      {"placement.preferred", {{{"placement", {{"preferred", "n"}}}}, true}},
      {"republish", {{{"republish", {{"src", ">"}, {"dest", "again.>"}}}}}},
      {"republish.src", {{{"republish", {{"src", "t.a.>"}, {"dest", "again.>"}}}}}},
      {"republish.dest", {{{"republish", {{"src", ">"}, {"dest", "again.>"}}}}}},
      {"republish.headers_only", {{{"republish", {{"dest", "again.>"}, {"headers_only", true}}}}}},
      {"allow_direct", {{{"allow_direct", true}}}},
      {"mirror_direct", {{{"mirror", Origin(Json::object())}, {"mirror_direct", true}}}},
      {"discard_new_per_subject",
       {{{"discard", "new"}, {"max_msgs_per_subject", 5}, {"discard_new_per_subject", true}}}},
      {"sealed", {{{"sealed", true}}, true}},
      {"deny_delete", {{{"deny_delete", true}}}},
      {"deny_purge", {{{"deny_purge", true}}}},
      {"allow_rollup_hdrs", {{{"allow_rollup_hdrs", true}}}},
      {"compression", {{{"compression", "s2"}}}},
      {"first_seq", {{{"first_seq", 10}}}},
      {"subject_transform", {{{"subject_transform", {{"src", "table.>"}, {"dest", "t.>"}}}}}},
      {"subject_transform.src", {{{"subject_transform", {{"src", "table.>"}, {"dest", "t.>"}}}}}},
      {"subject_transform.dest", {{{"subject_transform", {{"src", "table.>"}, {"dest", "t.>"}}}}}},
      {"consumer_limits", {{{"consumer_limits", {{"max_ack_pending", 5}}}}}},
      {"consumer_limits.inactive_threshold",
       {{{"consumer_limits", {{"inactive_threshold", 1000000000}}}}}},
      {"consumer_limits.max_ack_pending", {{{"consumer_limits", {{"max_ack_pending", 5}}}}}},
      {"metadata", {{{"metadata", {{"a", "b"}}}}}},
      {"allow_msg_ttl", {{{"allow_msg_ttl", true}}}},
      {"subject_delete_marker_ttl",
       {{{"allow_msg_ttl", true},
         {"allow_rollup_hdrs", true},
         {"subject_delete_marker_ttl", 1000000000}}}},
      {"allow_msg_counter", {{{"allow_msg_counter", true}}}},
      {"allow_atomic", {{{"allow_atomic", true}}}},
      {"allow_msg_schedules", {{{"allow_msg_schedules", true}, {"allow_rollup_hdrs", true}}}},
      {"persist_mode", {{{"persist_mode", "async"}}}},
      {"allow_batched", {{{"allow_batched", true}}}},
  };
  const std::map<std::string, Json> of_origin{
      {"", Json::object()},
      {".name", Json::object()},
      {".opt_start_seq", {{"opt_start_seq", 5}}},
      {".opt_start_time", {{"opt_start_time", "2024-01-01T00:00:00Z"}}},
      {".filter_subject", {{"filter_subject", "x.>"}}},
      {".external", {{"external", external}}},
      {".external.api", {{"external", external}}},
      {".external.deliver", {{"external", external}}},
      {".subject_transforms", {{"subject_transforms", transforms}}},
      {".subject_transforms[].src", {{"subject_transforms", transforms}}},
      {".subject_transforms[].dest", {{"subject_transforms", transforms}}},
      {".consumer", {{"consumer", consumer}}},
      {".consumer.name", {{"consumer", consumer}}},
      {".consumer.deliver_subject", {{"consumer", consumer}}},
  };
  for (const auto& [path, more] : of_origin) {
    samples["mirror" + path] = {{{"mirror", Origin(more)}}};
    const std::string below = path.empty() ? "sources" : "sources[]" + path;
    samples[below] = {{{"sources", Json::array({Origin(more)})}}};
  }
  return samples;
}

std::map<std::string, Sample> ConsumerSamples() {
  const Json push{{"deliver_subject", "to.here"}};
  const Json beating = With(push, {{"idle_heartbeat", 1000000000}});
  return {
      {"durable_name", {Json::object()}},
      {"name", {{{"name", "c"}}}},
      {"description", {{{"description", "d"}}}},
      {"deliver_policy", {{{"deliver_policy", "new"}}}},
      {"opt_start_seq", {{{"deliver_policy", "by_start_sequence"}, {"opt_start_seq", 5}}}},
      {"opt_start_time",
       {{{"deliver_policy", "by_start_time"}, {"opt_start_time", "2024-01-01T00:00:00Z"}}}},
      {"ack_policy", {{{"ack_policy", "all"}}}},
      {"ack_wait", {{{"ack_wait", 5000000000}}}},
      {"max_deliver", {{{"max_deliver", 5}}}},
      {"backoff", {{{"max_deliver", 5}, {"backoff", {1000000000, 2000000000}}}}},
      {"filter_subject", {{{"filter_subject", "table.a"}}}},
      {"filter_subjects", {{{"filter_subjects", {"table.a", "table.b"}}}}},
      {"replay_policy", {{{"replay_policy", "original"}}}},
      {"rate_limit_bps", {With(push, {{"rate_limit_bps", 100000}})}},
      {"sample_freq", {{{"sample_freq", "50%"}}}},
      {"max_waiting", {{{"max_waiting", 5}}}},
      {"max_ack_pending", {{{"max_ack_pending", 5}}}},
      {"idle_heartbeat", {beating}},
      {"flow_control", {With(beating, {{"flow_control", true}})}},
      {"headers_only", {{{"headers_only", true}}}},
      {"max_batch", {{{"max_batch", 5}}}},
      {"max_expires", {{{"max_expires", 5000000000}}}},
      {"max_bytes", {{{"max_bytes", 5000}}}},
      {"deliver_subject", {push}},
      {"deliver_group", {With(push, {{"deliver_group", "g"}})}},
      {"inactive_threshold", {{{"inactive_threshold", 5000000000000}}}},
      {"num_replicas", {{{"num_replicas", 1}}}},
      {"mem_storage", {{{"mem_storage", true}}}},
      {"direct", {With(push, {{"direct", true}}), true}},
      {"metadata", {{{"metadata", {{"a", "b"}}}}}},
      {"pause_until", {{{"pause_until", "2099-01-01T00:00:00Z"}}}},
      {"priority_groups", {{{"priority_groups", {"g"}}, {"priority_policy", "overflow"}}}},
      {"priority_policy", {{{"priority_groups", {"g"}}, {"priority_policy", "overflow"}}}},
      {"priority_timeout",
       {{{"priority_groups", {"g"}},
         {"priority_policy", "pinned_client"},
         {"priority_timeout", 5000000000}}}},
      {"sourcing", {With(beating, {{"sourcing", true}, {"flow_control", true}})}},
  };
}

// The value at "a.b" or "a[].b"; null if there is none.
Json At(const Json& config, const std::string& path) {
  Json value = config;
  std::size_t begin = 0;
  while (begin <= path.size() && !value.is_null()) {
    const std::size_t dot = std::min(path.find('.', begin), path.size());
    std::string key = path.substr(begin, dot - begin);
    const bool list = key.size() > 2 && key.substr(key.size() - 2) == "[]";
    if (list) key.resize(key.size() - 2);
    Json next = value.is_object() && value.contains(key) ? value.at(key) : Json();
    if (list) next = next.is_array() && !next.empty() ? next.at(0) : Json();
    value = std::move(next);
    begin = dot + 1;
  }
  return value;
}

int ErrorOf(const Json& answer) {
  return answer.contains("error") ? answer.at("error").value("err_code", 0) : 0;
}

class ConfigTableTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    JETKEEP_NEEDS_SERVER(GetParam());
    server_ = std::make_unique<NatsServer>(NatsServerOptions{.version = GetParam()});
    client_ = std::make_unique<JetStreamClient>(server_->Url());
    client_->CreateStream({{"name", "TABLE"}, {"subjects", {"table.>"}}});
  }

  bool Strict() const { return AtLeast(GetParam(), "2.12"); }

  bool Knows(const ServerVersion& since, const ServerVersion& until) const {
    const auto text = [](const ServerVersion& version) { return jetkeep::Text(version); };
    if (!AtLeast(GetParam(), text(since))) return false;
    return until == ServerVersion{} || !AtLeast(GetParam(), text(until));
  }

  Json MakeStream(const Json& more) {
    Json config{{"name", "T"}, {"storage", "file"}, {"num_replicas", 1}};
    if (!more.contains("mirror") && !more.contains("sources")) config["subjects"] = {"t.>"};
    config.update(more);
    if (config.contains("subject_transform")) config["subjects"] = {"table2.>"};
    Json answer = client_->TryApi("STREAM.CREATE.T", config);
    client_->DeleteStreamIfThere("T");
    return answer;
  }

  Json MakeConsumer(const Json& more) {
    Json config{{"durable_name", "c"}, {"ack_policy", "explicit"}};
    if (more.contains("sourcing") || more.contains("direct")) config["ack_policy"] = "none";
    config.update(more);
    const bool named = more.contains("name");
    Json answer =
        client_->TryApi(named ? "CONSUMER.CREATE.TABLE.c" : "CONSUMER.DURABLE.CREATE.TABLE.c",
                        {{"stream_name", "TABLE"}, {"config", config}});
    client_->TryApi("CONSUMER.DELETE.TABLE.c");
    return answer;
  }

  void Expect(const Json& answer, const std::string& path, const Sample& sample, bool known,
              const Json& asked) {
    SCOPED_TRACE(path + ": " + answer.dump());
    if (known && sample.refused_where_known) {
      EXPECT_NE(ErrorOf(answer), kInvalidJson);
      EXPECT_TRUE(answer.contains("error"));
      return;
    }
    if (!known && Strict()) {
      EXPECT_EQ(ErrorOf(answer), kInvalidJson);
      return;
    }
    ASSERT_FALSE(answer.contains("error"));
    const Json& config = answer.at("config");
    if (known && path == "metadata") {
      EXPECT_EQ(At(config, "metadata.a"), "b");
    } else if (known) {
      EXPECT_EQ(At(config, path), At(asked, path));
    } else {
      EXPECT_TRUE(At(config, path).is_null());
    }
  }

  void ExpectAsTable(ConfigOf kind, const std::map<std::string, Sample>& samples) {
    const bool streams = kind == ConfigOf::kStream;
    for (const ConfigField& field : FieldsOf(kind)) {
      const std::string path(field.path);
      ASSERT_TRUE(samples.count(path)) << path << " has no sample";
      const Sample& sample = samples.at(path);
      const Json answer = streams ? MakeStream(sample.config) : MakeConsumer(sample.config);
      Json asked = sample.config;
      for (const char* key : {"name", "subjects", "num_replicas", "durable_name"}) {
        const bool given = answer.contains("config") && answer.at("config").contains(key);
        if (!asked.contains(key) && given) asked[key] = answer.at("config").at(key);
      }
      Expect(answer, path, sample, Knows(field.since, field.until), asked);
    }
    EXPECT_EQ(samples.size(), FieldsOf(kind).size());
  }

  std::unique_ptr<NatsServer> server_;
  std::unique_ptr<JetStreamClient> client_;
};

TEST_P(ConfigTableTest, StreamFieldsAreKnownFromTheVersionThatTheTableNames) {
  ExpectAsTable(ConfigOf::kStream, StreamSamples());
}

TEST_P(ConfigTableTest, ConsumerFieldsAreKnownFromTheVersionThatTheTableNames) {
  ExpectAsTable(ConfigOf::kConsumer, ConsumerSamples());
}

TEST_P(ConfigTableTest, LateValuesAreTakenFromTheVersionThatTheTableNames) {
  const std::map<std::string, Json> companions{{"ack_policy",
                                                {{"deliver_subject", "to.here"},
                                                 {"idle_heartbeat", 1000000000},
                                                 {"flow_control", true},
                                                 {"max_ack_pending", 5}}},
                                               {"priority_policy", {{"priority_groups", {"g"}}}}};
  for (const ConfigValue& late : LateValuesOf(ConfigOf::kConsumer)) {
    const std::string path(late.path);
    Json config = companions.at(path);
    config[path] = Json::parse(late.json);
    const Json answer = MakeConsumer(config);
    SCOPED_TRACE(path + ": " + answer.dump());
    if (Knows(late.since, {})) {
      ASSERT_FALSE(answer.contains("error"));
      EXPECT_EQ(answer.at("config").at(path), config.at(path));
      continue;
    }
    const bool field_known = Knows(FindField(ConfigOf::kConsumer, path)->since, {});
    if (field_known || Strict()) {
      EXPECT_EQ(ErrorOf(answer), kInvalidJson);
    } else {
      EXPECT_FALSE(answer.contains("error"));
    }
  }
}

// What a server makes of a configuration by itself is no difference to what was asked for.
TEST_P(ConfigTableTest, WhatTheServerFillsInIsNoDifference) {
  for (const auto& [path, sample] : StreamSamples()) {
    const ConfigField* field = FindField(ConfigOf::kStream, path);
    if (sample.refused_where_known || !Knows(field->since, field->until)) continue;
    Json asked{{"name", "T"}, {"storage", "file"}, {"num_replicas", 1}};
    asked.update(sample.config);
    const Json answer = MakeStream(sample.config);
    ASSERT_FALSE(answer.contains("error")) << path << answer.dump();
    const auto differences = InWords(
        CompareConfigs(ConfigOf::kStream, asked.dump(), answer.at("config").dump()).not_as_asked);
    EXPECT_TRUE(differences.empty()) << path << ": " << differences.front();
  }
  for (const auto& [path, sample] : ConsumerSamples()) {
    const ConfigField* field = FindField(ConfigOf::kConsumer, path);
    if (sample.refused_where_known || !Knows(field->since, field->until)) continue;
    Json asked{{"durable_name", "c"}, {"ack_policy", "explicit"}};
    if (path == "sourcing") asked["ack_policy"] = "none";
    asked.update(sample.config);
    const Json answer = MakeConsumer(sample.config);
    ASSERT_FALSE(answer.contains("error")) << path << answer.dump();
    const auto differences = InWords(
        CompareConfigs(ConfigOf::kConsumer, asked.dump(), answer.at("config").dump()).not_as_asked);
    EXPECT_TRUE(differences.empty()) << path << ": " << differences.front();
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, ConfigTableTest, ::testing::ValuesIn(AllServerVersions()),
                         VersionName);

}  // namespace
}  // namespace jetkeep::testing
