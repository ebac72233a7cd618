// JetStreamClient: what tests do to streams and consumers, as plain JetStream API requests with raw
// JSON bodies. Thread-safety and failures: as NatsClient; an error answer of the server throws with
// its description.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/nats_client.h"

namespace jetkeep::testing {

struct OutgoingMessage {
  std::string subject;
  std::string payload;
  std::string headers;
};

class JetStreamClient : public NatsClient {
 public:
  using Json = nlohmann::json;
  using NatsClient::NatsClient;

  // Sends `body` to $JS.API.<request>; the answer with an "error" inside is returned as it is by
  // TryApi.
  Json Api(const std::string& request, const Json& body = Json::object(),
           Milliseconds timeout = kDefaultTimeout);
  Json TryApi(const std::string& request, const Json& body = Json::object(),
              Milliseconds timeout = kDefaultTimeout);

  // Streams. `config` is the server's JSON; Create waits until the stream can be used (clusters).
  Json CreateStream(const Json& config);
  Json UpdateStream(const Json& config);
  void DeleteStream(const std::string& stream);
  void DeleteStreamIfThere(const std::string& stream);
  Json StreamInfo(const std::string& stream, bool deleted_details = false);
  bool StreamExists(const std::string& stream);
  // `filter`: {"filter": …, "seq": …, "keep": …}, all optional.
  void PurgeStream(const std::string& stream, const Json& filter = Json::object());
  void DeleteMessage(const std::string& stream, std::uint64_t sequence, bool erase = false);

  // Publishes and returns the sequence that the server acknowledged.
  std::uint64_t PublishAcked(const std::string& subject, const std::string& payload,
                             const std::string& headers = {});
  // Publishes `count` messages as fast as the server takes them, none lost; the last sequence.
  // `make` is called with 0, 1, … Waits for a server that has not heard of the stream yet.
  std::uint64_t PublishMany(std::uint64_t count,
                            const std::function<OutgoingMessage(std::uint64_t)>& make);

  // Consumers. Durable if the config has "durable_name", named if it has "name", else ephemeral.
  Json CreateConsumer(const std::string& stream, const Json& config);
  Json ConsumerInfo(const std::string& stream, const std::string& consumer);
  std::vector<std::string> ConsumerNames(const std::string& stream);
  void DeleteConsumer(const std::string& stream, const std::string& consumer);
  // Up to `batch` messages of a pull consumer, fewer if no more come at once.
  std::vector<NatsMessage> Fetch(const std::string& stream, const std::string& consumer,
                                 std::uint64_t batch,
                                 Milliseconds timeout = std::chrono::seconds(5));
  // Up to `batch` messages, as many as come within `time`: an end that every version tells.
  std::vector<NatsMessage> Pull(const std::string& stream, const std::string& consumer,
                                std::uint64_t batch, Milliseconds time);
  // Each returns when the server has applied it.
  void Ack(const NatsMessage& message) { Answer(message, "+ACK"); }
  void Nak(const NatsMessage& message) { Answer(message, "-NAK"); }
  void Term(const NatsMessage& message) { Answer(message, "+TERM"); }

  // Key-value buckets, as clients lay them out over a stream.
  void CreateBucket(const std::string& bucket, int history, const Json& more = Json::object());
  std::uint64_t PutKey(const std::string& bucket, const std::string& key, const std::string& value);
  std::uint64_t DeleteKey(const std::string& bucket, const std::string& key);
  std::uint64_t PurgeKey(const std::string& bucket, const std::string& key);

  // Object stores, likewise.
  void CreateObjectStore(const std::string& bucket);
  void PutObject(const std::string& bucket, const std::string& name, const std::string& bytes,
                 std::size_t chunk_bytes = 128 * 1024);

 private:
  void Answer(const NatsMessage& message, const std::string& verb);
  std::uint64_t PublishFirst(const OutgoingMessage& message);
};

// Numbers of a JetStream reply subject ($JS.ACK.…).
struct DeliveryInfo {
  std::uint64_t stream_sequence = 0;
  std::uint64_t consumer_sequence = 0;
  std::int64_t timestamp_ns = 0;
  std::uint64_t deliveries = 0;
  std::uint64_t pending = 0;  // messages still to come to this consumer
};
DeliveryInfo ParseDelivery(const std::string& reply);

std::string EncodeBase64(const std::string& bytes);
std::string DecodeBase64(const std::string& text);

}  // namespace jetkeep::testing
