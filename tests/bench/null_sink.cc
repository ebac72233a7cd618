// The limit of a backup: takes a snapshot, acknowledges it and throws it away (or, to have an
// archive to send, keeps it).
#include <cstdio>
#include <string>

#include "protocol/js_api/responses.h"
#include "tests/bench/peer.h"

namespace jetkeep::bench {

std::uint64_t TakeSnapshot(natsConnection* connection, const std::string& stream,
                           const std::string& folder) {
  const std::string inbox = NewInbox();
  natsSubscription* chunks = nullptr;
  Check(natsConnection_SubscribeSync(&chunks, connection, inbox.c_str()), "subscribe");
  Check(natsSubscription_SetPendingLimits(chunks, -1, -1), "limits");
  const std::string answer = Ask(connection, "$JS.API.STREAM.SNAPSHOT." + stream,
                                 R"({"deliver_subject":")" + inbox + "\"}");
  const auto reply = ParseSnapshotReply(answer);
  if (!reply) Die("snapshot: " + reply.error().message);
  std::FILE* archive = nullptr;
  if (!folder.empty()) {
    WriteFile(folder + "/config.json", reply->config_json);
    WriteFile(folder + "/state.json", reply->state_json);
    archive = std::fopen((folder + "/archive").c_str(), "wb");
    if (archive == nullptr) Die("cannot write into " + folder);
  }
  std::uint64_t bytes = 0;
  for (bool more = true; more;) {
    natsMsg* chunk = nullptr;
    Check(natsSubscription_NextMsg(&chunk, chunks, 30'000), "chunk");
    const auto size = static_cast<std::size_t>(natsMsg_GetDataLength(chunk));
    const char* acknowledge = natsMsg_GetReply(chunk);
    more = size > 0;
    bytes += size;
    if (more && acknowledge != nullptr) {
      Check(natsConnection_Publish(connection, acknowledge, nullptr, 0), "acknowledge");
    }
    if (archive != nullptr) std::fwrite(natsMsg_GetData(chunk), 1, size, archive);
    natsMsg_Destroy(chunk);
  }
  if (archive != nullptr && std::fclose(archive) != 0) Die("cannot write the archive");
  natsSubscription_Destroy(chunks);
  return bytes;
}

int NullSink(const Arguments& arguments) {
  natsConnection* connection = Connect(arguments[0]);
  const std::uint64_t bytes =
      TakeSnapshot(connection, arguments[1], arguments.size() > 2 ? arguments[2] : "");
  std::printf("%llu\n", static_cast<unsigned long long>(bytes));
  natsConnection_Destroy(connection);
  return 0;
}

}  // namespace jetkeep::bench
