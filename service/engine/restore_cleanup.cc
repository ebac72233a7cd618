#include "service/engine/restore_cleanup.h"

#include <algorithm>
#include <map>
#include <thread>

#include "protocol/js_api/raw_json.h"

namespace jetkeep {
namespace {

constexpr std::chrono::milliseconds kPoll{250};
// A server drops an abandoned restore after five seconds without a chunk; an empty stream of
// several replicas was seen up to nine seconds after that.
constexpr std::chrono::seconds kAloneQuiet{6};
constexpr std::chrono::seconds kClusterQuiet{16};
constexpr std::chrono::seconds kQuietAfterVerdict{0};
constexpr std::chrono::seconds kGiveUp{60};

using Members = std::map<std::string, std::string>;

Result<Members> MembersOf(std::string_view json) {
  Members members;
  JETKEEP_TRY(ForEachMember(json, [&](std::string_view key, std::string_view value) -> Status {
    members.emplace(key, value);
    return {};
  }));
  return members;
}

Result<bool> NameIsTaken(JetStream& server, const std::string& stream) {
  JETKEEP_ASSIGN(const std::vector<std::string> names, server.StreamNames());
  return std::find(names.begin(), names.end(), stream) != names.end();
}

}  // namespace

bool CouldBeLeftover(const RestoreInProgress& restore, const StreamInfo& live) {
  const StreamState& state = live.state;
  if (state.messages > restore.state.messages ||
      state.last_sequence > restore.state.last_sequence) {
    return false;
  }
  const Result<Members> sent = MembersOf(restore.config_json);
  const Result<Members> found = MembersOf(live.config_json);
  if (!sent || !found) return false;
  // Only what identifies a stream: servers add defaults and metadata of their own to the rest.
  for (const char* key : {"name", "subjects", "retention", "storage", "mirror", "sources"}) {
    const auto ours = sent->find(key);
    const auto theirs = found->find(key);
    const std::string a = ours == sent->end() ? "" : ours->second;
    const std::string b = theirs == found->end() ? "" : theirs->second;
    if (a != b) return false;
  }
  return true;
}

Status RemoveLeftover(JetStream& server, const RestoreInProgress& restore) {
  using Clock = std::chrono::steady_clock;
  bool clustered = true;
  if (const auto identity = server.Server()) clustered = !identity->cluster.empty();
  const auto quiet = restore.verdict_came ? kQuietAfterVerdict
                     : clustered          ? kClusterQuiet
                                          : kAloneQuiet;
  const auto give_up = Clock::now() + kGiveUp;
  auto free_since = Clock::now();
  Error last{Errc::kTimeout, "the name " + restore.stream + " is still taken", {}};
  while (Clock::now() < give_up) {
    const Result<bool> taken = NameIsTaken(server, restore.stream);
    if (taken && !*taken) {
      if (Clock::now() - free_since >= quiet) return {};
    } else {
      free_since = Clock::now();
      if (!taken) {
        last = taken.error();
      } else {
        const Result<StreamInfo> live = server.GetStream(restore.stream, false);
        if (live && !CouldBeLeftover(restore, *live)) {
          return Fail(
              Errc::kStreamExists,
              "stream " + restore.stream + " exists and is not what the failed restore left",
              "It was left alone. Look at it before you restore again.");
        }
        if (const Status deleted = server.DeleteStream(restore.stream); !deleted)
          last = deleted.error();
      }
    }
    std::this_thread::sleep_for(kPoll);
  }
  return Fail(
      std::move(last).Within("removing what the failed restore of " + restore.stream + " left"));
}

}  // namespace jetkeep
