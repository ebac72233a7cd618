#include "service/engine/restore/current_replicas.h"

#include <algorithm>

#include "service/work/backoff.h"

namespace jetkeep {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPoll{100};

bool AllCurrent(const StreamInfo& info) {
  return std::all_of(info.replicas.begin(), info.replicas.end(), [](const ReplicaInfo& replica) {
    return replica.current && !replica.offline;
  });
}

}  // namespace

Status AwaitCurrentReplicas(JetStream& server, const std::string& stream,
                            std::chrono::milliseconds timeout, const CancelToken& cancel) {
  const auto deadline = Clock::now() + timeout;
  for (;;) {
    JETKEEP_TRY(cancel.Check());
    const Result<StreamInfo> info = server.GetStream(stream);
    if (info && AllCurrent(*info)) return {};
    if (Clock::now() >= deadline) {
      return Fail(Errc::kRestoreNotCurrent,
                  "the replicas of stream " + stream + " did not become current in time" +
                      (info ? "" : ": " + info.error().message),
                  "The stream is complete on its leader and was kept. Look at the cluster.");
    }
    JETKEEP_TRY(SleepFor(kPoll, cancel));
  }
}

}  // namespace jetkeep
