// The limit of a restore: sends an archive that is there already, with 16 chunks in flight.
#include <algorithm>
#include <cstdio>
#include <string>

#include "protocol/js_api/responses.h"
#include "tests/bench/peer.h"

namespace jetkeep::bench {
namespace {

constexpr std::size_t kChunkBytes = 128 * 1024;
constexpr std::uint64_t kInFlight = 16;

std::string NextAnswer(natsSubscription* answers, int timeout_seconds) {
  natsMsg* message = nullptr;
  Check(natsSubscription_NextMsg(&message, answers, int64_t{1000} * timeout_seconds), "answer");
  std::string text(natsMsg_GetData(message),
                   static_cast<std::size_t>(natsMsg_GetDataLength(message)));
  natsMsg_Destroy(message);
  return text;
}

}  // namespace

std::uint64_t SendArchive(natsConnection* connection, const std::string& stream,
                          const std::string& folder) {
  std::FILE* archive = std::fopen((folder + "/archive").c_str(), "rb");
  if (archive == nullptr) Die("no archive in " + folder);
  const std::string inbox = NewInbox();
  natsSubscription* answers = nullptr;
  Check(natsConnection_SubscribeSync(&answers, connection, inbox.c_str()), "subscribe");
  const std::string reply = Ask(connection, "$JS.API.STREAM.RESTORE." + stream,
                                "{\"config\":" + ReadFile(folder + "/config.json") +
                                    ",\"state\":" + ReadFile(folder + "/state.json") + "}");
  const auto subject = ParseRestoreReply(reply);
  if (!subject) Die("restore: " + subject.error().message);
  std::string chunk(kChunkBytes, '\0');
  std::uint64_t sent = 0;
  std::uint64_t answered = 0;
  while (const std::size_t size = std::fread(chunk.data(), 1, chunk.size(), archive)) {
    for (; sent - answered >= kInFlight; ++answered) {
      const auto good = ParseChunkAnswer(NextAnswer(answers, 60));
      if (!good) Die("chunk: " + good.error().message);
    }
    Check(natsConnection_PublishRequest(connection, subject->c_str(), inbox.c_str(), chunk.data(),
                                        static_cast<int>(size)),
          "publish");
    ++sent;
  }
  for (; answered < sent; ++answered) {
    const auto good = ParseChunkAnswer(NextAnswer(answers, 60));
    if (!good) Die("chunk: " + good.error().message);
  }
  Check(natsConnection_PublishRequest(connection, subject->c_str(), inbox.c_str(), nullptr, 0),
        "end");
  const std::string verdict = NextAnswer(answers, 600);
  const auto info = ParseStreamInfo(verdict);
  if (!info) Die("verdict: " + info.error().message);
  std::fclose(archive);
  natsSubscription_Destroy(answers);
  return info->state.messages;
}

int LimitSender(const Arguments& arguments) {
  natsConnection* connection = Connect(arguments[0]);
  const std::uint64_t messages = SendArchive(connection, arguments[1], arguments[2]);
  std::printf("%llu\n", static_cast<unsigned long long>(messages));
  natsConnection_Destroy(connection);
  return 0;
}

}  // namespace jetkeep::bench
