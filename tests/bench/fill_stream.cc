// Fills streams with messages of one kind, without waiting for each acknowledgement.
#include <array>
#include <cstdio>
#include <string>

#include "tests/bench/peer.h"

namespace jetkeep::bench {
namespace {

// A small generator: filling must not take longer than measuring.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15u + 1) {}
  std::uint64_t Next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_;
  }

 private:
  std::uint64_t state_;
};

// As an order system writes it: known keys, varying values, a token that does not compress.
void AppendJson(std::string& text, std::size_t bytes, Random& random) {
  const std::size_t begin = text.size();
  std::array<char, 256> line;
  text += "{\"items\":[";
  while (text.size() - begin < bytes) {
    const int size = std::snprintf(
        line.data(), line.size(),
        R"({"id":%llu,"sku":"SKU-%llu","customer":"customer-%llu","price":%llu,"token":"%016llx","state":"%s"},)",
        static_cast<unsigned long long>(random.Next() % 1'000'000'000),
        static_cast<unsigned long long>(random.Next() % 5000),
        static_cast<unsigned long long>(random.Next() % 100'000),
        static_cast<unsigned long long>(random.Next() % 100'000),
        static_cast<unsigned long long>(random.Next()),
        random.Next() % 3 != 0 ? "shipped" : "pending");
    text.append(line.data(), static_cast<std::size_t>(size));
  }
  text.resize(begin + bytes);
}

void AppendNoise(std::string& text, std::size_t bytes, Random& random) {
  while (bytes > 0) {
    const std::uint64_t word = random.Next();
    const std::size_t count = std::min<std::size_t>(bytes, 8);
    text.append(reinterpret_cast<const char*>(&word), count);
    bytes -= count;
  }
}

// Waits until the server has stored all that was sent.
void AwaitStored(natsConnection* connection, const std::string& stream, std::uint64_t count) {
  const std::string wanted = "\"last_seq\":" + std::to_string(count);
  for (int tries = 0; tries < 6000; ++tries) {
    const std::string info = Ask(connection, "$JS.API.STREAM.INFO." + stream, "");
    if (info.find(wanted + ",") != std::string::npos) return;
    if (info.find("\"error\"") != std::string::npos) Die("fill: " + info);
    nats_Sleep(20);
  }
  Die("fill: the server did not store all messages of " + stream);
}

}  // namespace

// KIND json or noise: MESSAGES of BYTES on SUBJECTS subjects. KIND kv: SUBJECTS keys of a bucket
// with history 1, written until there were MESSAGES writes.
int FillStream(const Arguments& arguments) {
  const std::string& stream = arguments[1];
  const std::string& kind = arguments[2];
  const std::uint64_t messages = std::stoull(arguments[3]);
  const std::size_t bytes = std::stoull(arguments[4]);
  const std::uint64_t subjects = std::stoull(arguments[5]);
  natsConnection* connection = Connect(arguments[0]);
  const bool kv = kind == "kv";
  const std::string root = kv ? "$KV." + stream.substr(3) + ".key" : stream + ".s";
  const std::string config =
      R"({"name":")" + stream + R"(","subjects":[")" + (kv ? "$KV." + stream.substr(3) : stream) +
      R"(.>"],"storage":"file","num_replicas":1,"retention":"limits",)" +
      R"("discard":"new","max_age":0,"max_msgs":-1,"max_bytes":-1)" +
      (kv ? R"(,"max_msgs_per_subject":1,"allow_rollup_hdrs":true)" : "") + "}";
  const std::string made = Ask(connection, "$JS.API.STREAM.CREATE." + stream, config);
  if (made.find("\"error\"") != std::string::npos) Die("create: " + made);
  Random random(stream.size() + bytes);
  std::string payload;
  for (std::uint64_t i = 0; i < messages; ++i) {
    payload.clear();
    kind == "noise" ? AppendNoise(payload, bytes, random) : AppendJson(payload, bytes, random);
    const std::string subject = root + std::to_string(i % subjects);
    Check(natsConnection_Publish(connection, subject.c_str(), payload.data(),
                                 static_cast<int>(payload.size())),
          "publish");
    // Servers drop what is too far ahead of their store.
    if (i % 2000 == 1999 || (i + 1) * bytes / 4'000'000 != i * bytes / 4'000'000) {
      AwaitStored(connection, stream, i + 1);
    }
  }
  AwaitStored(connection, stream, messages);
  natsConnection_Destroy(connection);
  return 0;
}

}  // namespace jetkeep::bench
