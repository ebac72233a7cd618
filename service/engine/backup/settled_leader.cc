#include "service/engine/backup/settled_leader.h"

#include <utility>

#include "service/work/backoff.h"

namespace jetkeep {
namespace {

constexpr int kMostLeaders = 5;

}  // namespace

tl::unexpected<Error> LeaderChanged(const std::string& stream) {
  return Fail(
      Errc::kCutNotReached, "the leader of stream " + stream + " changed during the backup",
      "A new leader of servers before 2.11 may not have all messages yet. Back the stream up "
      "while its leader stays the same.");
}

Result<std::string> AwaitSettledLeader(JetStream& server, const std::string& stream,
                                       std::string leader,
                                       std::chrono::steady_clock::time_point since,
                                       const CancelToken& cancel,
                                       std::chrono::milliseconds settles) {
  using std::chrono::milliseconds;
  for (int i = 0; i < kMostLeaders; ++i) {
    const auto left = since + settles - std::chrono::steady_clock::now();
    if (left.count() > 0) {
      JETKEEP_TRY(SleepFor(std::chrono::ceil<milliseconds>(left), cancel));
    }
    since = std::chrono::steady_clock::now();
    JETKEEP_ASSIGN(StreamInfo info, server.GetStream(stream));
    if (!leader.empty() && info.leader == leader) return leader;
    leader = std::move(info.leader);
  }
  return LeaderChanged(stream);
}

}  // namespace jetkeep
