#include "service/engine/restore/restore_cleanup.h"

#include <algorithm>
#include <map>
#include <utility>

#include "protocol/base/time.h"
#include "protocol/js_api/raw_json.h"
#include "service/work/backoff.h"

namespace jetkeep {
namespace {

constexpr std::chrono::milliseconds kPoll{250};
// A server drops an abandoned restore after five seconds without a chunk; an empty stream of
// several replicas was seen up to nine seconds after that.
constexpr std::chrono::seconds kAloneQuiet{6};
constexpr std::chrono::seconds kClusterQuiet{16};
constexpr std::chrono::seconds kAloneQuietAfterVerdict{0};
constexpr std::chrono::seconds kClusterQuietAfterVerdict{2};
// A name without a stream is also what a stream looks like while it is being made.
constexpr std::chrono::seconds kGhostAge{1};
// By how much the clocks of this machine and of the server may differ.
constexpr std::int64_t kClockSkewNs = 60'000'000'000;
constexpr std::chrono::seconds kGiveUp{60};

// Servers write these three characters as escapes, others write them as they are.
std::string WithoutHtmlEscapes(std::string_view json) {
  std::string text(json);
  for (const auto& [escape, character] :
       {std::pair("\\u003c", '<'), std::pair("\\u003e", '>'), std::pair("\\u0026", '&')}) {
    for (auto at = text.find(escape); at != std::string::npos; at = text.find(escape, at + 1)) {
      text.replace(at, 6, 1, character);
    }
  }
  return text;
}

using Members = std::map<std::string, std::string>;

Result<Members> MembersOf(std::string_view json) {
  Members members;
  JETKEEP_TRY(ForEachMember(json, [&](std::string_view key, std::string_view value) -> Status {
    members.emplace(key, WithoutHtmlEscapes(value));
    return {};
  }));
  return members;
}

Result<bool> NameIsTaken(JetStream& server, const std::string& stream) {
  JETKEEP_ASSIGN(const std::vector<std::string> names, server.StreamNames());
  return std::find(names.begin(), names.end(), stream) != names.end();
}

// Only what identifies a stream: servers add defaults and metadata of their own to the rest.
bool SameIdentity(std::string_view sent_json, std::string_view found_json) {
  const Result<Members> sent = MembersOf(sent_json);
  const Result<Members> found = MembersOf(found_json);
  if (!sent || !found) return false;
  for (const char* key : {"name", "subjects", "retention", "storage", "mirror", "sources"}) {
    const auto ours = sent->find(key);
    const auto theirs = found->find(key);
    const std::string a = ours == sent->end() ? "" : ours->second;
    const std::string b = theirs == found->end() ? "" : theirs->second;
    if (a != b) return false;
  }
  return true;
}

// A restored stream has the time that was sent, or that of the restore.
bool MadeByRestore(const RestoreInProgress& restore, const StreamInfo& live) {
  const Result<std::int64_t> created = ParseTime(live.created);
  if (!created) return false;
  const Result<std::int64_t> sent = ParseTime(restore.stream_created);
  if (sent && *sent == *created) return true;
  if (*created < restore.started_ns - kClockSkewNs) return false;
  // An empty stream of an abandoned restore looks like one that somebody made since; the restore's
  // own is made when the server hears of it.
  const bool empty = live.state.messages == 0;
  return !(restore.abandoned && empty) || *created <= restore.started_ns + kClockSkewNs;
}

// How long a server may take to unpack what it was sent, after which the stream appears.
std::chrono::seconds UnpackTime(const RestoreInProgress& restore) {
  constexpr std::uint64_t kBytesPerSecond = 32 * 1024 * 1024;
  constexpr std::uint64_t kLongestSeconds = 600;
  if (!restore.all_sent && !restore.abandoned) return std::chrono::seconds(0);
  return std::chrono::seconds(std::min(restore.state.bytes / kBytesPerSecond, kLongestSeconds));
}

std::chrono::seconds QuietTime(JetStream& server, const RestoreInProgress& restore) {
  const auto identity = server.Server();
  const bool alone = identity && identity->cluster.empty();
  if (restore.verdict_came) return alone ? kAloneQuietAfterVerdict : kClusterQuietAfterVerdict;
  return (alone ? kAloneQuiet : kClusterQuiet) + UnpackTime(restore);
}

}  // namespace

bool CouldBeLeftover(const RestoreInProgress& restore, const StreamInfo& live) {
  const StreamState& state = live.state;
  if (state.messages > restore.state.messages ||
      state.last_sequence > restore.state.last_sequence) {
    return false;
  }
  // Restored messages keep their times: one stored since then is somebody's own.
  if (state.messages > 0 && state.last_time_ns > restore.state.last_time_ns &&
      state.last_time_ns > restore.started_ns - kClockSkewNs) {
    return false;
  }
  return SameIdentity(restore.config_json, live.config_json) && MadeByRestore(restore, live);
}

bool IsWhole(const RestoreInProgress& restore, const StreamInfo& live) {
  // Messages may have gone since by the stream's own rules, or come.
  return SameIdentity(restore.config_json, live.config_json) &&
         live.state.last_sequence >= restore.state.last_sequence;
}

Result<Leftover> RemoveLeftover(JetStream& server, const RestoreInProgress& restore,
                                const CancelToken& cancel) {
  using Clock = std::chrono::steady_clock;
  const auto quiet = QuietTime(server, restore);
  const auto give_up = Clock::now() + kGiveUp + quiet;
  auto free_since = Clock::now();
  bool was_ghost = false;
  auto ghost_since = Clock::now();
  Error last{Errc::kTimeout, "the name " + restore.stream + " is still taken", {}};
  while (Clock::now() < give_up) {
    const Result<bool> taken = NameIsTaken(server, restore.stream);
    if (taken && !*taken) {
      was_ghost = false;
      if (Clock::now() - free_since >= quiet) return Leftover::kGone;
    } else if (!taken) {
      free_since = Clock::now();
      last = taken.error();
    } else {
      free_since = Clock::now();
      const Result<StreamInfo> live = server.GetStream(restore.stream, false);
      const bool ghost = !live && live.error().code == Errc::kStreamNotFound;
      if (!std::exchange(was_ghost, ghost)) ghost_since = Clock::now();
      if (live) {
        if (restore.abandoned && !restore.scratch && IsWhole(restore, *live))
          return Leftover::kWhole;
        if (!CouldBeLeftover(restore, *live)) {
          return Fail(
              Errc::kStreamExists,
              "stream " + restore.stream + " exists and is not what the failed restore left",
              "It was left alone. Look at it before you restore again.");
        }
      }
      const bool remove = live || (ghost && Clock::now() - ghost_since >= kGhostAge);
      if (!live && !ghost) last = live.error();
      if (remove) {
        if (const Status deleted = server.DeleteStream(restore.stream); !deleted)
          last = deleted.error();
      }
    }
    JETKEEP_TRY(SleepFor(kPoll, cancel));
  }
  return Fail(
      std::move(last).Within("removing what the failed restore of " + restore.stream + " left"));
}

}  // namespace jetkeep
