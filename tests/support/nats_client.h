// NatsClient: a small client of the NATS protocol for tests, written for them alone, so that what
// Jetkeep reads and writes is judged by other code, and header blocks are seen byte for byte.
//
// Thread-safety: one thread at a time; the client has no threads of its own and reads the socket
// only inside calls. Failures throw std::runtime_error.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/tcp_socket.h"

namespace jetkeep::testing {

struct NatsMessage {
  std::string subject;
  std::string reply;
  std::string headers;  // the raw block, "NATS/1.0\r\n…\r\n\r\n"; empty if there is none
  std::string payload;

  // The value of a header, empty if it is missing.
  std::string Header(std::string_view name) const;
  // The number in the first header line ("NATS/1.0 503"), 0 if there is none.
  int Status() const;
  nlohmann::json Json() const { return nlohmann::json::parse(payload); }
};

// "NATS/1.0\r\nName: value\r\n\r\n".
std::string HeaderBlock(const std::vector<std::pair<std::string, std::string>>& headers);

class NatsClient {
 public:
  using Milliseconds = std::chrono::milliseconds;
  static constexpr Milliseconds kDefaultTimeout = std::chrono::seconds(10);

  // nats://[user:password@]127.0.0.1:port
  explicit NatsClient(const std::string& url);
  NatsClient(const NatsClient&) = delete;
  NatsClient& operator=(const NatsClient&) = delete;

  void Publish(std::string_view subject, std::string_view payload, std::string_view headers = {},
               std::string_view reply = {});
  // A fresh inbox subject under this client's own prefix.
  std::string NewInbox();
  // Returns the subscription's number. The server knows it once Flush has returned.
  std::uint64_t Subscribe(std::string_view subject, std::string_view queue = {});
  void Unsubscribe(std::uint64_t subscription);
  std::optional<NatsMessage> Next(std::uint64_t subscription, Milliseconds timeout);
  // Sends what is buffered and waits until the server has read it all.
  void Flush();
  // Throws if there is no answer in time; a "503 no responders" is an answer.
  NatsMessage Request(std::string_view subject, std::string_view payload,
                      Milliseconds timeout = kDefaultTimeout, std::string_view headers = {});
  // -ERR lines that the server sent so far.
  const std::vector<std::string>& server_errors() const { return errors_; }

 private:
  void Send(std::string_view bytes);
  void WriteOut();
  bool ReadSome(Milliseconds timeout);
  bool ParseOne();
  void TakeMessage(std::string_view line, bool has_headers, std::size_t body_at);

  TcpSocket socket_;
  std::string out_;
  std::string in_;
  std::size_t parsed_ = 0;
  std::string inbox_prefix_;
  std::uint64_t inbox_count_ = 0;
  std::uint64_t last_subscription_ = 0;
  std::uint64_t pongs_ = 0;
  bool pong_due_ = false;
  std::map<std::uint64_t, std::deque<NatsMessage>> waiting_;
  std::vector<std::string> errors_;
};

}  // namespace jetkeep::testing
