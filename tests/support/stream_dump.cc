#include "tests/support/stream_dump.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <thread>

#include "protocol/base/time.h"

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;
constexpr std::size_t kExcerpts = 1000;
constexpr std::size_t kLinesOfAKind = 5;
constexpr int kIdleReads = 10;
constexpr auto kIdleRead = std::chrono::milliseconds(300);
constexpr int kReplicaTries = 20;
constexpr int kConsumerNotFound = 10014;

std::uint64_t Hash(std::uint64_t seed, std::string_view bytes) {
  // Eight bytes a step: a million messages are hashed in a fraction of a second.
  constexpr std::uint64_t kPrime = 0x9E3779B97F4A7C15U;
  std::uint64_t hash = seed ^ (bytes.size() * kPrime);
  while (!bytes.empty()) {
    std::uint64_t word = 0;
    const std::size_t take = std::min<std::size_t>(8, bytes.size());
    std::copy_n(bytes.data(), take, reinterpret_cast<char*>(&word));
    hash = (hash ^ word) * kPrime;
    hash ^= hash >> 29;
    bytes.remove_prefix(take);
  }
  return hash;
}

void Add(StreamDump& dump, std::uint64_t sequence, std::int64_t time, const std::string& subject,
         const std::string& headers, const std::string& payload) {
  std::uint64_t digest = Hash(static_cast<std::uint64_t>(time), subject);
  digest = Hash(Hash(digest, headers), payload);
  dump.messages.push_back({sequence, time, digest, ContentDigest(subject, payload),
                           static_cast<std::uint32_t>(headers.size()),
                           static_cast<std::uint32_t>(payload.size())});
  if (dump.excerpts.size() < kExcerpts) {
    dump.excerpts[sequence] =
        subject + " | " + headers.substr(0, 200) + " | " + payload.substr(0, 60);
  }
}

void ReadByConsumer(JetStreamClient& client, StreamDump& dump) {
  const std::string& stream = dump.stream;
  const Json info = client.CreateConsumer(stream, {{"ack_policy", "none"},
                                                   {"deliver_policy", "all"},
                                                   {"mem_storage", true},
                                                   {"num_replicas", 1},
                                                   {"inactive_threshold", 60'000'000'000}});
  const std::string name = info.at("name");
  constexpr std::uint64_t kBatch = 5000;
  const auto expected = info.at("num_pending").get<std::uint64_t>();
  // In a cluster a fresh consumer may have nothing to give at first; expiry may take what it
  // promised.
  for (int idle = 0; dump.messages.size() < expected && idle < kIdleReads;) {
    const auto batch =
        client.Pull(stream, name, std::min(kBatch, expected - dump.messages.size()), kIdleRead);
    for (const auto& message : batch) {
      const DeliveryInfo delivery = ParseDelivery(message.reply);
      Add(dump, delivery.stream_sequence, delivery.timestamp_ns, message.subject, message.headers,
          message.payload);
    }
    if (!batch.empty()) {
      idle = 0;
      continue;
    }
    ++idle;
  }
  client.TryApi("CONSUMER.DELETE." + stream + "." + name);  // gone already if its node was lost
}

// A cluster answers the deletion of a consumer before the stream's leader has heard of it.
Json InfoWithoutTheReader(JetStreamClient& client, const std::string& stream, const Json& first) {
  for (int i = 0;; ++i) {
    Json info = client.StreamInfo(stream, /*deleted_details=*/true);
    const auto consumers = [](const Json& of) {
      return of.at("state").at("consumer_count").get<std::uint64_t>();
    };
    if (consumers(info) <= consumers(first) || i == kReplicaTries * 10) return info;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

void ReadBySequence(JetStreamClient& client, StreamDump& dump, const Json& state) {
  const auto last = state.at("last_seq").get<std::uint64_t>();
  const auto total = state.at("messages").get<std::uint64_t>();
  std::uint64_t next = state.at("first_seq").get<std::uint64_t>();
  while (next <= last && dump.messages.size() < total) {
    const Json answer =
        client.TryApi("STREAM.MSG.GET." + dump.stream, {{"seq", next}, {"next_by_subj", ">"}});
    if (answer.contains("error")) return;
    const Json& message = answer.at("message");
    const auto time = ParseTime(message.at("time").get<std::string>());
    if (!time) throw std::runtime_error("bad time in " + message.dump());
    Add(dump, message.at("seq").get<std::uint64_t>(), *time,
        message.at("subject").get<std::string>(),
        DecodeBase64(message.value("hdrs", std::string())),
        DecodeBase64(message.value("data", std::string())));
    next = message.at("seq").get<std::uint64_t>() + 1;
  }
}

Json ConsumerFacts(const Json& info) {
  Json facts;
  facts["config"] = info.at("config");
  for (const char* position : {"delivered", "ack_floor"}) {
    facts[position] = {{"consumer_seq", info.at(position).at("consumer_seq")},
                       {"stream_seq", info.at(position).at("stream_seq")}};
  }
  for (const char* count : {"num_ack_pending", "num_redelivered", "num_pending"}) {
    facts[count] = info.value(count, 0U);
  }
  return facts;
}

// A consumer of a cluster without a leader does not answer; after a restore or restart that takes a
// moment. Nothing: a cluster still names the reader that was deleted.
std::optional<Json> AwaitConsumer(JetStreamClient& client, const std::string& stream,
                                  const std::string& name) {
  constexpr int kTries = 20;
  for (int i = 0; i < kTries; ++i) {
    try {
      Json info = client.TryApi("CONSUMER.INFO." + stream + "." + name, Json::object(),
                                std::chrono::milliseconds(1500));
      if (!info.contains("error")) return info;
      if (info["error"].value("err_code", 0) == kConsumerNotFound) return std::nullopt;
    } catch (const std::runtime_error&) {
      // Asked again.
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  return client.ConsumerInfo(stream, name);
}

Json WithoutServerMetadata(Json config) {
  if (!config.contains("metadata")) return config;
  Json& metadata = config["metadata"];
  for (auto entry = metadata.begin(); entry != metadata.end();) {
    entry = entry.key().rfind("_nats.", 0) == 0 ? metadata.erase(entry) : std::next(entry);
  }
  if (metadata.empty()) config.erase("metadata");
  return config;
}

void CompareJson(const std::string& what, const Json& expected, const Json& actual,
                 std::vector<std::string>& lines) {
  if (expected == actual) return;
  if (expected.is_array() && actual.is_array()) {
    Json missing = Json::array();
    Json added = Json::array();
    for (const auto& one : expected) {
      if (std::find(actual.begin(), actual.end(), one) == actual.end()) missing.push_back(one);
    }
    for (const auto& one : actual) {
      if (std::find(expected.begin(), expected.end(), one) == expected.end()) added.push_back(one);
    }
    lines.push_back(what + ": lacks " + missing.dump().substr(0, 200) + ", has too many " +
                    added.dump().substr(0, 200));
    return;
  }
  if (!expected.is_object() || !actual.is_object()) {
    lines.push_back(what + ": expected " + expected.dump().substr(0, 200) + ", is " +
                    actual.dump().substr(0, 200));
    return;
  }
  Json keys = expected;
  keys.update(actual);
  for (const auto& [key, value] : keys.items()) {
    CompareJson(what + "." + key, expected.value(key, Json()), actual.value(key, Json()), lines);
  }
}

std::string Describe(const StreamDump& dump, const DumpedMessage& message) {
  const auto found = dump.excerpts.find(message.sequence);
  return "time " + std::to_string(message.timestamp_ns) + ", headers " +
         std::to_string(message.header_bytes) + " B, payload " +
         std::to_string(message.payload_bytes) + " B" +
         (found == dump.excerpts.end() ? "" : " (" + found->second + ")");
}

void CompareMessages(const StreamDump& expected, const StreamDump& actual,
                     std::vector<std::string>& lines) {
  if (expected.messages == actual.messages) return;
  std::size_t found = 0;
  const auto report = [&](const std::string& line) {
    if (++found <= kLinesOfAKind) lines.push_back(line);
  };
  auto left = expected.messages.begin();
  auto right = actual.messages.begin();
  while (left != expected.messages.end() || right != actual.messages.end()) {
    const bool only_left = right == actual.messages.end() ||
                           (left != expected.messages.end() && left->sequence < right->sequence);
    const bool only_right = left == expected.messages.end() ||
                            (right != actual.messages.end() && right->sequence < left->sequence);
    if (only_left) {
      report("message " + std::to_string(left->sequence) +
             " is missing: " + Describe(expected, *left));
      ++left;
    } else if (only_right) {
      report("message " + std::to_string(right->sequence) +
             " is one too many: " + Describe(actual, *right));
      ++right;
    } else {
      if (!(*left == *right)) {
        report("message " + std::to_string(left->sequence) + " differs: expected " +
               Describe(expected, *left) + ", is " + Describe(actual, *right));
      }
      ++left;
      ++right;
    }
  }
  if (found > kLinesOfAKind) lines.push_back(std::to_string(found) + " messages differ in all");
}

}  // namespace

std::uint64_t ContentDigest(std::string_view subject, std::string_view payload) {
  return Hash(Hash(0, subject), payload);
}

StreamDump DumpStream(JetStreamClient& client, const std::string& stream) {
  StreamDump dump;
  dump.stream = stream;
  const Json first = client.StreamInfo(stream);
  // Servers of 2.9 garble the reply subjects of streams with a percent sign in the name.
  const bool plain_name = stream.find('%') == std::string::npos;
  if (plain_name && first.at("config").value("retention", "limits") == "limits") {
    ReadByConsumer(client, dump);
    // The reading consumer may sit on a replica that lags behind the leader for a moment.
    const auto expected = first.at("state").at("messages").get<std::size_t>();
    const bool clustered =
        !first.value("cluster", Json::object()).value("replicas", Json()).empty();
    for (int i = 0; clustered && dump.messages.size() < expected && i < kReplicaTries; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(500));
      dump.messages.clear();
      ReadByConsumer(client, dump);
    }
  } else {
    ReadBySequence(client, dump, first.at("state"));
  }
  const Json info = InfoWithoutTheReader(client, stream, first);
  dump.config = info.at("config");
  const Json& state = info.at("state");
  for (const char* key : {"messages", "bytes", "first_seq", "last_seq", "consumer_count"}) {
    dump.state[key] = state.at(key);
  }
  for (const char* key : {"num_deleted", "num_subjects"}) dump.state[key] = state.value(key, 0U);
  dump.state["deleted"] = state.value("deleted", Json::array());
  if (state.at("last_seq") == 0) {
    // Never written to: a fresh stream says first_seq 0 on some versions (and 2.15 counts sequence
    // 0 as deleted), 1 after a restart.
    dump.state["first_seq"] = 1;
    dump.state["num_deleted"] = 0;
    dump.state["deleted"] = Json::array();
  }
  // Without messages the times are those of deleted ones, which nobody can read any more.
  if (state.at("messages") != 0) {
    dump.state["first_ts"] = state.at("first_ts");
    const Json& deleted = dump.state["deleted"];
    if (deleted.empty() || deleted.back() != state.at("last_seq")) {
      dump.state["last_ts"] = state.at("last_ts");
    }
  }
  for (const auto& name : client.ConsumerNames(stream)) {
    const auto consumer = AwaitConsumer(client, stream, name);
    if (consumer) dump.consumers[name] = ConsumerFacts(*consumer);
  }
  return dump;
}

std::vector<std::string> Compare(const StreamDump& expected, const StreamDump& actual,
                                 const CompareOptions& options) {
  std::vector<std::string> lines;
  CompareMessages(expected, actual, lines);
  CompareJson("state", expected.state, actual.state, lines);
  if (options.config) {
    CompareJson("config", WithoutServerMetadata(expected.config),
                WithoutServerMetadata(actual.config), lines);
  }
  if (!options.consumers) return lines;
  for (const auto& [name, facts] : expected.consumers) {
    const auto found = actual.consumers.find(name);
    if (found == actual.consumers.end()) {
      lines.push_back("consumer " + name + " is missing");
      continue;
    }
    const Json& other = found->second;
    CompareJson("consumer " + name + ".config", WithoutServerMetadata(facts["config"]),
                WithoutServerMetadata(other["config"]), lines);
    if (!options.consumer_state) continue;
    for (const auto& [key, value] : facts.items()) {
      if (key != "config") CompareJson("consumer " + name + "." + key, value, other[key], lines);
    }
  }
  for (const auto& [name, facts] : actual.consumers) {
    if (expected.consumers.count(name) == 0)
      lines.push_back("consumer " + name + " is one too many");
  }
  return lines;
}

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + "\n";
  return text;
}

}  // namespace jetkeep::testing
