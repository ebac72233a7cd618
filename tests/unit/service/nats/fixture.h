// What the tests of this folder share: a server of a given version, our connection to it, and
// streams to take away and bring back.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "service/nats/connection.h"
#include "service/nats/jetstream_client.h"
#include "tests/support/nats_server.h"

namespace jetkeep {

inline bool Eventually(const std::function<bool()>& holds,
                       std::chrono::milliseconds timeout = std::chrono::seconds(10)) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (std::chrono::steady_clock::now() < deadline) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return holds();
}

template <typename T>
std::string Why(const Result<T>& result) {
  return result ? std::string("no error") : result.error().message;
}

inline std::unique_ptr<Connection> MustConnect(const std::string& url,
                                               ConnectionOptions options = {}) {
  options.servers = {url};
  auto connection = Connection::Open(options);
  EXPECT_TRUE(connection) << Why(connection);
  const auto ready = (*connection)->WaitConnected(std::chrono::seconds(10));
  EXPECT_TRUE(ready) << Why(ready);
  return std::move(*connection);
}

inline std::unique_ptr<JetStreamClient> MustJetStream(Connection& connection) {
  auto client = JetStreamClient::Create(connection, {});
  EXPECT_TRUE(client) << Why(client);
  return std::move(*client);
}

// Makes stream `name` on subject "<name>.>" with `count` messages of `size` random bytes.
inline void FillStream(Connection& connection, JetStreamClient& client, const std::string& name,
                       std::uint64_t count, std::size_t size) {
  const auto made =
      connection.Request("$JS.API.STREAM.CREATE." + name,
                         R"({"name":")" + name + R"(","subjects":[")" + name +
                             R"(.>"],"storage":"file","retention":"limits","num_replicas":1})",
                         std::chrono::seconds(5));
  ASSERT_TRUE(made) << Why(made);
  ASSERT_EQ(made->data().find("\"error\""), std::string_view::npos) << made->data();
  std::mt19937_64 random(42);
  std::string payload(size, '\0');
  for (std::uint64_t i = 0; i < count; ++i) {
    for (std::size_t at = 0; at + 8 <= size; at += 8) {
      const std::uint64_t word = random();
      payload.replace(at, 8, reinterpret_cast<const char*>(&word), 8);
    }
    ASSERT_TRUE(connection.Publish(name + ".x", payload));
  }
  ASSERT_TRUE(Eventually([&] {
    const auto info = client.GetStream(name);
    return info && info->state.messages == count;
  }));
}

// Keeps the whole snapshot, as it came.
class KeepingSink : public SnapshotSink {
 public:
  Status OnReply(const SnapshotReply& r) override {
    reply = r;
    return {};
  }
  Status OnChunk(Chunk chunk) override {
    bytes.append(chunk.bytes());
    largest = std::max(largest, chunk.bytes().size());
    ++chunks;
    if (on_chunk) return on_chunk();
    return {};
  }
  SnapshotReply reply;
  std::string bytes;
  std::uint64_t chunks = 0;
  std::size_t largest = 0;  // of the chunks, bytes
  std::function<Status()> on_chunk;
};

class EachServer : public ::testing::TestWithParam<std::string> {
 protected:
  EachServer() {
    testing::NatsServerOptions options;
    options.version = GetParam();
    server_ = std::make_unique<testing::NatsServer>(options);
    connection_ = MustConnect(server_->Url());
    client_ = MustJetStream(*connection_);
  }

  std::unique_ptr<testing::NatsServer> server_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<JetStreamClient> client_;
};

inline std::string TestName(const ::testing::TestParamInfo<std::string>& info) {
  std::string name = "V" + info.param;
  for (char& c : name) {
    if (c == '.') c = '_';
  }
  return name;
}

}  // namespace jetkeep
