#include "tests/support/raw_snapshot.h"

#include <stdexcept>

namespace jetkeep::testing {

RawSnapshot TakeRawSnapshot(JetStreamClient& client, const std::string& stream) {
  const std::string inbox = client.NewInbox();
  const auto chunks = client.Subscribe(inbox);
  client.Flush();
  const auto reply = client.Api("STREAM.SNAPSHOT." + stream, {{"deliver_subject", inbox}});
  RawSnapshot snapshot{reply.at("config"), reply.at("state"), {}};
  while (true) {
    auto chunk = client.Next(chunks, std::chrono::seconds(20));
    if (!chunk) throw std::runtime_error("snapshot of " + stream + " stopped");
    if (!chunk->reply.empty()) client.Publish(chunk->reply, "");
    if (chunk->payload.empty()) break;
    snapshot.chunks.push_back(std::move(chunk->payload));
  }
  client.Unsubscribe(chunks);
  return snapshot;
}

void RestoreRawSnapshot(JetStreamClient& client, const std::string& stream,
                        const RawSnapshot& snapshot) {
  const auto reply = client.Api("STREAM.RESTORE." + stream,
                                {{"config", snapshot.config}, {"state", snapshot.state}});
  const std::string deliver = reply.at("deliver_subject");
  for (const auto& chunk : snapshot.chunks) {
    const auto answer = client.Request(deliver, chunk);
    if (!answer.payload.empty()) throw std::runtime_error("restore chunk: " + answer.payload);
  }
  const auto verdict = client.Request(deliver, "", std::chrono::seconds(60)).Json();
  if (verdict.contains("error")) throw std::runtime_error("restore: " + verdict.dump());
}

}  // namespace jetkeep::testing
