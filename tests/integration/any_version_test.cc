// From each server to each server: one stream with all that its server takes, restored onto all of
// them, and compared with the table of what they know.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "protocol/js_api/server_version.h"
#include "protocol/js_config/config_compare.h"
#include "protocol/js_config/config_fit.h"
#include "tests/integration/place.h"
#include "tests/integration/round_trip.h"
#include "tests/integration/stored_messages.h"
#include "tests/support/scratch_directory.h"
#include "tests/support/servers.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;

constexpr std::int64_t kLongNs = 1'000'000'000'000'000;

// What may go into one configuration, in the order in which it is tried.
const std::vector<Json>& StreamFields() {
  static const std::vector<Json> fields{
      {{"description", "all fields"}},
      {{"max_consumers", 20}},
      {{"max_msgs", 1000}},
      {{"max_bytes", 1000000}},
      {{"max_age", kLongNs}},
      {{"max_msgs_per_subject", 100}},
      {{"max_msg_size", 10000}},
      {{"duplicate_window", 60'000'000'000}},
      {{"republish", {{"src", ">"}, {"dest", "again.>"}, {"headers_only", true}}}},
      {{"allow_direct", true}},
      {{"allow_rollup_hdrs", true}},
      {{"deny_delete", true}},
      {{"deny_purge", true}},
      {{"discard", "new"}, {"discard_new_per_subject", true}},
      {{"compression", "s2"}},
      {{"first_seq", 10}},
      {{"consumer_limits", {{"max_ack_pending", 500}, {"inactive_threshold", kLongNs}}}},
      {{"metadata", {{"owner", "tests"}}}},
      {{"allow_msg_ttl", true}},
      {{"subject_delete_marker_ttl", 1'000'000'000}},
      {{"allow_atomic", true}},
      {{"allow_msg_schedules", true}},
      {{"allow_batched", true}},
      {{"persist_mode", "async"}},
  };
  return fields;
}

const std::vector<Json>& ConsumerFields() {
  static const std::vector<Json> fields{
      {{"description", "all fields"}},
      {{"deliver_policy", "by_start_sequence"}, {"opt_start_seq", 12}},
      {{"ack_wait", 3'600'000'000'000}},
      {{"max_deliver", 7}},
      {{"replay_policy", "instant"}},
      {{"sample_freq", "50%"}},
      {{"max_ack_pending", 50}},
      {{"headers_only", true}},
      {{"max_waiting", 40}},
      {{"max_batch", 50}},
      {{"max_expires", 5'000'000'000}},
      {{"max_bytes", 500'000}},
      {{"inactive_threshold", kLongNs}},
      {{"metadata", {{"owner", "tests"}}}},
      {{"pause_until", "2099-01-01T00:00:00Z"}},
      {{"priority_groups", Json::array({"g"})}, {"priority_policy", "overflow"}},
  };
  return fields;
}

// Adds each field that the server takes and keeps; what it refuses or ignores is left out.
Json Greedy(Json config, const std::vector<Json>& fields,
            const std::function<Json(const Json&)>& make) {
  for (const Json& field : fields) {
    Json more = config;
    more.update(field);
    const Json answer = make(more);
    if (answer.contains("error")) continue;
    bool kept = true;
    for (const auto& [key, value] : field.items()) {
      kept = kept && answer.at("config").contains(key);
    }
    if (kept) config = more;
  }
  return config;
}

std::string StreamOf(const std::string& version) {
  std::string name = "FROM_" + version;
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

// A stream as its own server has it.
struct Original {
  std::string stream;
  std::string backup;
  Json config;
  std::map<std::string, Json> consumers;
  std::map<std::uint64_t, Json> messages;
};

Original Make(Place& place, const std::string& version) {
  JetStreamClient& client = place.client();
  Original made;
  made.stream = StreamOf(version);
  const Json base{{"name", made.stream},
                  {"subjects", Json::array({made.stream + ".>"})},
                  {"storage", "file"},
                  {"num_replicas", 1}};
  const Json config = Greedy(base, StreamFields(), [&](const Json& asked) {
    Json answer = client.TryApi("STREAM.CREATE." + made.stream, asked);
    client.DeleteStreamIfThere(made.stream);
    return answer;
  });
  client.CreateStream(config);
  for (int i = 0; i < 20; ++i) {
    client.PublishAcked(made.stream + "." + std::to_string(i % 3), "message " + std::to_string(i),
                        "NATS/1.0\r\nNumber: " + std::to_string(i) + "\r\n\r\n");
  }
  client.CreateConsumer(made.stream, {{"durable_name", "plain"}, {"ack_policy", "explicit"}});
  const Json full = Greedy({{"durable_name", "full"}, {"ack_policy", "explicit"}}, ConsumerFields(),
                           [&](const Json& asked) {
                             Json answer =
                                 client.TryApi("CONSUMER.DURABLE.CREATE." + made.stream + ".full",
                                               {{"stream_name", made.stream}, {"config", asked}});
                             client.TryApi("CONSUMER.DELETE." + made.stream + ".full");
                             return answer;
                           });
  client.CreateConsumer(made.stream, full);
  const auto fetched = client.Fetch(made.stream, "plain", 6);
  for (std::size_t i = 0; i < 3; ++i) client.Ack(fetched.at(i));
  made.config = client.StreamInfo(made.stream).at("config");
  for (const std::string name : {"plain", "full"}) {
    made.consumers[name] = client.ConsumerInfo(made.stream, name);
  }
  made.messages = MessagesOf(client, made.stream);
  made.backup = BackUp(client, made.stream).at("result").at("id");
  return made;
}

// That what is there is what was there, less what the server cannot honour, which was said.
void ExpectFits(ConfigOf kind, Json was, const Json& is, const std::string& version,
                const std::string& warnings) {
  // These servers empty a stream that begins where it was made to begin.
  if (kind == ConfigOf::kStream && was.contains("first_seq") &&
      PurgesFromFirstSeq(FullVersion(version))) {
    was.erase("first_seq");
    EXPECT_THAT(warnings, ::testing::HasSubstr("first_seq"));
  }
  const auto parsed = ParseServerVersion(FullVersion(version));
  ASSERT_TRUE(parsed);
  const auto fit = FitConfig(kind, was.dump(), *parsed, 0);
  ASSERT_TRUE(fit);
  const auto differences = InWords(CompareConfigs(kind, fit->config_json, is.dump()).not_as_asked);
  EXPECT_TRUE(differences.empty()) << differences.front();
  for (const UnsupportedField& field : fit->unsupported) {
    EXPECT_THAT(warnings, ::testing::HasSubstr(field.path));
  }
}

TEST(AnyVersion, OneStreamFromEachServerToEach) {
  for (const std::string& version : AllServerVersions()) JETKEEP_NEEDS_SERVER(version);
  const ScratchDirectory directory("any-version");
  std::map<std::string, std::unique_ptr<Place>> places;
  std::map<std::string, Original> originals;
  for (const std::string& version : AllServerVersions()) {
    places[version] = std::make_unique<Place>(version, directory / "repository");
    originals[version] = Make(*places[version], version);
    places[version]->client().DeleteStream(originals[version].stream);
  }
  std::size_t fields = 0;
  for (const auto& [from, original] : originals) {
    fields = std::max(fields, original.config.size());
    for (const auto& [to, place] : places) {
      SCOPED_TRACE("from " + from + " to " + to);
      const Json done = Ask(place->client(), "restore.request",
                            {{"backup", original.backup}, {"drop_unknown", true}, {"wait", true}},
                            std::chrono::seconds(60));
      ASSERT_FALSE(done.contains("error")) << done;
      const std::string warnings = WarningsOf(done);
      JetStreamClient& client = place->client();
      EXPECT_EQ(MessagesOf(client, original.stream), original.messages);
      ExpectFits(ConfigOf::kStream, original.config,
                 client.StreamInfo(original.stream).at("config"), to, warnings);
      EXPECT_EQ(client.ConsumerNames(original.stream).size(), original.consumers.size());
      for (const auto& [name, was] : original.consumers) {
        const Json is = client.ConsumerInfo(original.stream, name);
        ExpectFits(ConfigOf::kConsumer, was.at("config"), is.at("config"), to, warnings);
        for (const char* position : {"delivered", "ack_floor"}) {
          EXPECT_EQ(is.at(position).at("stream_seq"), was.at(position).at("stream_seq")) << name;
        }
        EXPECT_EQ(is.at("num_ack_pending"), was.at("num_ack_pending")) << name;
        EXPECT_EQ(is.at("num_pending"), was.at("num_pending")) << name;
      }
      client.DeleteStream(original.stream);
    }
  }
  // The newest server takes nearly all that is tried.
  EXPECT_GT(fields, StreamFields().size());
}

}  // namespace
}  // namespace jetkeep::testing
