#include "tests/integration/stream_kinds.h"

#include <chrono>
#include <stdexcept>
#include <thread>

#include "tests/integration/site.h"

namespace jetkeep::testing {

std::vector<std::string> MakeStreams(JetStreamClient& client, const std::string& version) {
  client.CreateStream({{"name", "ORDERS"}, {"subjects", {"orders.>"}}, {"description", "a\"b"}});
  client.PublishMany(600, [](std::uint64_t i) {
    return OutgoingMessage{"orders." + std::to_string(i % 7), NumberedPayload(i, 100 + i % 900),
                           i % 5 == 0 ? "NATS/1.0\r\nA: b\r\n\r\n" : ""};
  });
  for (const std::uint64_t sequence : {1u, 2u, 77u, 300u, 600u}) {
    client.DeleteMessage("ORDERS", sequence);
  }
  client.CreateConsumer("ORDERS", {{"durable_name", "w"}, {"ack_policy", "explicit"}});
  const auto some = client.Fetch("ORDERS", "w", 10);
  for (std::size_t i = 0; i < some.size(); i += 2) client.Ack(some[i]);

  // With the gaps of its origin.
  client.CreateStream({{"name", "ZMIRROR"}, {"mirror", {{"name", "ORDERS"}}}});
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (client.StreamInfo("ZMIRROR").at("state").at("messages") != 595) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("the mirror is behind");
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }

  client.CreateBucket("cfg", 3);
  for (int turn = 0; turn < 6; ++turn) {
    for (int key = 0; key < 5; ++key) {
      client.PutKey("cfg", "k" + std::to_string(key), std::to_string(turn * key));
    }
  }
  client.DeleteKey("cfg", "k1");
  client.PurgeKey("cfg", "k2");
  client.CreateObjectStore("files");
  client.PutObject("files", "a", NumberedPayload(7, 300'000));

  client.CreateStream({{"name", "WORK"}, {"subjects", {"work"}}, {"retention", "workqueue"}});
  client.PublishMany(40, [](std::uint64_t i) {
    return OutgoingMessage{"work", std::to_string(i), ""};
  });
  client.CreateConsumer("WORK", {{"durable_name", "q"}, {"ack_policy", "explicit"}});
  const auto work = client.Fetch("WORK", "q", 12);
  for (std::size_t i = 0; i < 6; ++i) client.Ack(work.at(i));

  client.CreateStream({{"name", "EMPTY"}, {"subjects", {"empty"}}});
  client.CreateStream({{"name", "EMPTIED"}, {"subjects", {"emptied"}}});
  client.PublishMany(9, [](std::uint64_t) { return OutgoingMessage{"emptied", "x", ""}; });
  client.PurgeStream("EMPTIED");
  std::vector<std::string> streams = {"ORDERS", "KV_cfg",  "OBJ_files", "WORK",
                                      "EMPTY",  "EMPTIED", "ZMIRROR"};
  if (AtLeast(version, "2.15")) {
    client.CreateStream({{"name", "MEM"}, {"subjects", {"mem"}}, {"storage", "memory"}});
    client.PublishMany(50, [](std::uint64_t i) {
      return OutgoingMessage{"mem", std::to_string(i), ""};
    });
    streams.push_back("MEM");
  }
  return streams;
}

std::map<std::string, StreamDump> DumpAll(JetStreamClient& client,
                                          const std::vector<std::string>& streams) {
  std::map<std::string, StreamDump> dumps;
  for (const std::string& stream : streams) dumps[stream] = DumpStream(client, stream);
  return dumps;
}

std::string DifferenceOf(NatsServer& server, const std::map<std::string, StreamDump>& before,
                         const CompareOptions& options) {
  std::string text;
  for (int turn = 0; turn < 2; ++turn) {
    JetStreamClient client(server.Url());
    for (const auto& [stream, dump] : before) {
      // A restart ends what is in memory.
      if (turn == 1 && dump.config.at("storage") == "memory") continue;
      if (!client.StreamExists(stream)) {
        text += stream + " is not there\n";
        continue;
      }
      const std::string lines = Joined(Compare(dump, DumpStream(client, stream), options));
      if (!lines.empty()) {
        text += stream + (turn == 0 ? "" : " after a restart") + ":\n" + lines + "\n";
      }
    }
    if (turn == 0) server.Restart();
  }
  return text;
}

}  // namespace jetkeep::testing
