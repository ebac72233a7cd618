// AckPublisher: publishes many messages at once and notes in a StreamModel which sequence the
// server acknowledged for each.
//
// Every message carries a Nats-Msg-Id, so that one whose acknowledgement was lost (its leader died)
// is sent again without being stored twice.
//
// Thread-safety: one thread. Failures throw std::runtime_error.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/jetstream_client.h"
#include "tests/support/stream_model.h"

namespace jetkeep::testing {

struct LivingMessage {
  std::string subject;
  std::string payload;
  StreamModel::Rollup rollup = StreamModel::Rollup::kNone;
  std::optional<std::chrono::seconds> time_to_live = {};
};

class AckPublisher {
 public:
  // `name` tells its messages from those of other publishers.
  AckPublisher(std::string url, std::string name, StreamModel& model);

  void Send(const LivingMessage& message);
  // Returns when the server has answered for everything that was sent; what it refused because of
  // a limit (discard new) was not stored.
  void Drain();

 private:
  struct UnderWay {
    LivingMessage message;
    std::string headers;
    StreamModel::Time sent;
  };

  void Connect();
  bool Take(std::uint64_t number, const NatsMessage& answer);
  void SendAgain(std::uint64_t number);

  const std::string url_;
  const std::string name_;
  StreamModel& model_;
  std::unique_ptr<JetStreamClient> client_;
  std::string inbox_;
  std::uint64_t acks_ = 0;
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, UnderWay> under_way_;
};

}  // namespace jetkeep::testing
