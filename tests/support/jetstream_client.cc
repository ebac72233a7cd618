#include "tests/support/jetstream_client.h"

#include <stdexcept>
#include <thread>

namespace jetkeep::testing {
namespace {

using Json = nlohmann::json;

Json Merged(Json base, const Json& more) {
  base.update(more);
  return base;
}

// That the answer to a message acknowledges.
std::uint64_t SequenceOf(const std::string& subject, const NatsMessage& answer) {
  if (answer.Status() != 0) throw std::runtime_error("publish " + subject + ": " + answer.headers);
  const Json ack = answer.Json();
  if (ack.contains("error")) throw std::runtime_error("publish " + subject + ": " + ack.dump());
  return ack.at("seq").get<std::uint64_t>();
}

}  // namespace

Json JetStreamClient::TryApi(const std::string& request, const Json& body, Milliseconds timeout) {
  // In a cluster a leader that is being elected does not answer; what only asks is asked again.
  constexpr int kTries = 4;
  const bool only_asks = request.find(".INFO.") != std::string::npos;
  const auto ask = [&] {
    return Request("$JS.API." + request, body.empty() ? std::string() : body.dump(), timeout);
  };
  NatsMessage answer;
  for (int i = 1;; ++i) {
    try {
      answer = ask();
      break;
    } catch (const std::runtime_error&) {
      if (!only_asks || i == kTries) throw;
    }
  }
  if (answer.payload.empty()) {
    throw std::runtime_error(request + ": empty answer " + answer.headers);
  }
  return answer.Json();
}

Json JetStreamClient::Api(const std::string& request, const Json& body, Milliseconds timeout) {
  Json answer = TryApi(request, body, timeout);
  if (answer.contains("error")) {
    throw std::runtime_error(request + ": " + answer["error"].dump());
  }
  return answer;
}

Json JetStreamClient::CreateStream(const Json& config) {
  // A cluster that has just formed may not know yet what its servers can hold ("no suitable
  // peers"): they tell every ten seconds, and a leader may miss the first time.
  constexpr int kTries = 300;
  for (int i = 1;; ++i) {
    try {
      return Api("STREAM.CREATE." + config.at("name").get<std::string>(), config);
    } catch (const std::exception& error) {
      const bool young =
          std::string_view(error.what()).find("\"err_code\":10005") != std::string_view::npos;
      if (!young || i == kTries) throw;
    }
    std::this_thread::sleep_for(Milliseconds(100));
  }
}

Json JetStreamClient::UpdateStream(const Json& config) {
  return Api("STREAM.UPDATE." + config.at("name").get<std::string>(), config);
}

void JetStreamClient::DeleteStream(const std::string& stream) {
  Api("STREAM.DELETE." + stream);
  while (StreamExists(stream)) std::this_thread::sleep_for(Milliseconds(20));
}

void JetStreamClient::DeleteStreamIfThere(const std::string& stream) {
  TryApi("STREAM.DELETE." + stream);
}

Json JetStreamClient::StreamInfo(const std::string& stream, bool deleted_details) {
  if (!deleted_details) return Api("STREAM.INFO." + stream);
  return Api("STREAM.INFO." + stream, {{"deleted_details", true}}, std::chrono::seconds(30));
}

bool JetStreamClient::StreamExists(const std::string& stream) {
  const Json answer = TryApi("STREAM.INFO." + stream);
  return !answer.contains("error");
}

void JetStreamClient::PurgeStream(const std::string& stream, const Json& filter) {
  Api("STREAM.PURGE." + stream, filter);
}

void JetStreamClient::DeleteMessage(const std::string& stream, std::uint64_t sequence, bool erase) {
  Api("STREAM.MSG.DELETE." + stream, {{"seq", sequence}, {"no_erase", !erase}});
}

std::uint64_t JetStreamClient::PublishAcked(const std::string& subject, const std::string& payload,
                                            const std::string& headers) {
  return SequenceOf(subject, Request(subject, payload, kDefaultTimeout, headers));
}

std::uint64_t JetStreamClient::PublishFirst(const OutgoingMessage& message) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  for (;;) {
    const NatsMessage answer =
        Request(message.subject, message.payload, kDefaultTimeout, message.headers);
    if (answer.Status() != 503 || std::chrono::steady_clock::now() > give_up) {
      return SequenceOf(message.subject, answer);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

std::uint64_t JetStreamClient::PublishMany(
    std::uint64_t count, const std::function<OutgoingMessage(std::uint64_t)>& make) {
  // A server drops what overflows its queue of unstored messages, so at most two runs are under
  // way, each with an acknowledgement asked for its last message.
  constexpr std::uint64_t kRun = 2000;
  constexpr std::size_t kRunBytes = 8 << 20;
  const std::string inbox = NewInbox();
  const auto acks = Subscribe(inbox);
  std::uint64_t under_way = 0;
  std::uint64_t last = 0;
  const auto take_ack = [&] {
    const auto ack = Next(acks, std::chrono::seconds(30));
    if (!ack) throw std::runtime_error("a publish was not acknowledged");
    last = SequenceOf("of many", *ack);
    --under_way;
  };
  if (count > 0) last = PublishFirst(make(0));
  std::uint64_t in_run = 0;
  std::size_t run_bytes = 0;
  for (std::uint64_t i = 1; i < count; ++i) {
    const OutgoingMessage message = make(i);
    run_bytes += message.payload.size();
    const bool ends_run = ++in_run == kRun || run_bytes > kRunBytes || i + 1 == count;
    Publish(message.subject, message.payload, message.headers,
            ends_run ? std::string_view(inbox) : std::string_view());
    if (!ends_run) continue;
    in_run = 0;
    run_bytes = 0;
    if (++under_way == 2) take_ack();
  }
  while (under_way > 0) take_ack();
  Unsubscribe(acks);
  return last;
}

Json JetStreamClient::CreateConsumer(const std::string& stream, const Json& config) {
  std::string request = "CONSUMER.CREATE." + stream;
  if (config.contains("durable_name")) {
    request = "CONSUMER.DURABLE.CREATE." + stream + "." + config["durable_name"].get<std::string>();
  } else if (config.contains("name")) {
    request += "." + config["name"].get<std::string>();
    if (config.contains("filter_subject")) {
      request += "." + config["filter_subject"].get<std::string>();
    }
  }
  return Api(request, {{"stream_name", stream}, {"config", config}});
}

Json JetStreamClient::ConsumerInfo(const std::string& stream, const std::string& consumer) {
  return Api("CONSUMER.INFO." + stream + "." + consumer);
}

std::vector<std::string> JetStreamClient::ConsumerNames(const std::string& stream) {
  std::vector<std::string> names;
  while (true) {
    const Json page = Api("CONSUMER.NAMES." + stream, {{"offset", names.size()}});
    const Json& found = page.at("consumers");
    if (found.is_array()) names.insert(names.end(), found.begin(), found.end());
    if (!found.is_array() || found.empty() || names.size() >= page.at("total").get<std::size_t>()) {
      return names;
    }
  }
}

void JetStreamClient::DeleteConsumer(const std::string& stream, const std::string& consumer) {
  Api("CONSUMER.DELETE." + stream + "." + consumer);
}

std::vector<NatsMessage> JetStreamClient::Fetch(const std::string& stream,
                                                const std::string& consumer, std::uint64_t batch,
                                                Milliseconds timeout) {
  const std::string inbox = NewInbox();
  const auto subscription = Subscribe(inbox);
  const Json request{{"batch", batch}, {"no_wait", true}};
  Publish("$JS.API.CONSUMER.MSG.NEXT." + stream + "." + consumer, request.dump(), {}, inbox);
  std::vector<NatsMessage> messages;
  while (messages.size() < batch) {
    auto message = Next(subscription, timeout);
    if (!message) throw std::runtime_error("fetch from " + consumer + ": no answer");
    if (message->reply.empty() || message->Status() != 0) break;  // 404, 408: no more now
    messages.push_back(std::move(*message));
  }
  Unsubscribe(subscription);
  return messages;
}

std::vector<NatsMessage> JetStreamClient::Pull(const std::string& stream,
                                               const std::string& consumer, std::uint64_t batch,
                                               Milliseconds time) {
  const std::string inbox = NewInbox();
  const auto subscription = Subscribe(inbox);
  const Json request{{"batch", batch}, {"expires", std::chrono::nanoseconds(time).count()}};
  Publish("$JS.API.CONSUMER.MSG.NEXT." + stream + "." + consumer, request.dump(), {}, inbox);
  std::vector<NatsMessage> messages;
  while (messages.size() < batch) {
    auto message = Next(subscription, time + std::chrono::seconds(2));
    if (!message || message->reply.empty()) break;
    messages.push_back(std::move(*message));
  }
  Unsubscribe(subscription);
  return messages;
}

void JetStreamClient::Answer(const NatsMessage& message, const std::string& verb) {
  Request(message.reply, verb);
}

void JetStreamClient::CreateBucket(const std::string& bucket, int history, const Json& more) {
  const Json config{{"name", "KV_" + bucket},
                    {"subjects", {"$KV." + bucket + ".>"}},
                    {"max_msgs_per_subject", history},
                    {"allow_rollup_hdrs", true},
                    {"deny_delete", true},
                    {"allow_direct", true},
                    {"discard", "new"},
                    {"storage", "file"}};
  CreateStream(Merged(config, more));
}

std::uint64_t JetStreamClient::PutKey(const std::string& bucket, const std::string& key,
                                      const std::string& value) {
  return PublishAcked("$KV." + bucket + "." + key, value);
}

std::uint64_t JetStreamClient::DeleteKey(const std::string& bucket, const std::string& key) {
  return PublishAcked("$KV." + bucket + "." + key, "", HeaderBlock({{"KV-Operation", "DEL"}}));
}

std::uint64_t JetStreamClient::PurgeKey(const std::string& bucket, const std::string& key) {
  return PublishAcked("$KV." + bucket + "." + key, "",
                      HeaderBlock({{"KV-Operation", "PURGE"}, {"Nats-Rollup", "sub"}}));
}

void JetStreamClient::CreateObjectStore(const std::string& bucket) {
  CreateStream({{"name", "OBJ_" + bucket},
                {"subjects", {"$O." + bucket + ".C.>", "$O." + bucket + ".M.>"}},
                {"allow_rollup_hdrs", true},
                {"allow_direct", true},
                {"discard", "new"},
                {"storage", "file"}});
}

void JetStreamClient::PutObject(const std::string& bucket, const std::string& name,
                                const std::string& bytes, std::size_t chunk_bytes) {
  const std::string nuid = "n" + std::to_string(std::hash<std::string>{}(name));
  std::size_t chunks = 0;
  for (std::size_t at = 0; at < bytes.size(); at += chunk_bytes, ++chunks) {
    PublishAcked("$O." + bucket + ".C." + nuid, bytes.substr(at, chunk_bytes));
  }
  const Json meta{{"name", name},
                  {"bucket", bucket},
                  {"nuid", nuid},
                  {"size", bytes.size()},
                  {"chunks", chunks}};
  PublishAcked("$O." + bucket + ".M." + EncodeBase64(name), meta.dump(),
               HeaderBlock({{"Nats-Rollup", "sub"}}));
}

DeliveryInfo ParseDelivery(const std::string& reply) {
  std::vector<std::string> tokens;
  for (std::size_t begin = 0; begin <= reply.size();) {
    const auto end = std::min(reply.find('.', begin), reply.size());
    tokens.push_back(reply.substr(begin, end - begin));
    begin = end + 1;
  }
  // $JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<deliveries>.<stream seq>.<consumer
  // seq>.<time>.<pending>[.<random>]
  const std::size_t first = tokens.size() == 9 ? 4 : 6;
  if (tokens.size() < first + 5) throw std::runtime_error("not a delivery: " + reply);
  DeliveryInfo info;
  info.deliveries = std::stoull(tokens[first]);
  info.stream_sequence = std::stoull(tokens[first + 1]);
  info.consumer_sequence = std::stoull(tokens[first + 2]);
  info.timestamp_ns = std::stoll(tokens[first + 3]);
  info.pending = std::stoull(tokens[first + 4]);
  return info;
}

namespace {
constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
}

std::string EncodeBase64(const std::string& bytes) {
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char byte : bytes) {
    bits = (bits << 8) | static_cast<unsigned char>(byte);
    for (count += 8; count >= 6; count -= 6) text += kAlphabet[(bits >> (count - 6)) & 63];
  }
  if (count > 0) text += kAlphabet[(bits << (6 - count)) & 63];
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::string DecodeBase64(const std::string& text) {
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char letter : text) {
    const auto value = kAlphabet.find(letter);
    if (value == std::string_view::npos) break;
    bits = (bits << 6) | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes += static_cast<char>((bits >> count) & 0xff);
    }
  }
  return bytes;
}

}  // namespace jetkeep::testing
