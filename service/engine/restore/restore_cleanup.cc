#include "service/engine/restore/restore_cleanup.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "protocol/js_config/consumer_config.h"
#include "protocol/js_config/restore_token.h"
#include "service/work/backoff.h"
#include "service/work/ids.h"

namespace jetkeep {
namespace {

using Clock = std::chrono::steady_clock;

// From the server's answer that proves whose the stream is to the request to delete it. Whoever was
// stopped in between looks again.
constexpr std::chrono::milliseconds kProofAge{500};
constexpr std::chrono::seconds kGiveUp{60};

bool Holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// A name without a stream: its configuration cannot be read, but asked for by subject. One that
// takes every subject answers to any token.
Result<bool> HasOurSubject(JetStream& server, const RestoreInProgress& restore) {
  if (restore.token.empty() || !HasRestoreSubject(restore.config_json, restore.token)) return false;
  JETKEEP_ASSIGN(const auto ours, server.StreamsOn(RestoreSubject(restore.token)));
  if (!Holds(ours, restore.stream)) return false;
  JETKEEP_ASSIGN(const auto anybodys,
                 server.StreamsOn(RestoreSubject(MakeRestoreToken(RandomBits(), RandomBits()))));
  return !Holds(anybodys, restore.stream);
}

bool StandsAlone(JetStream& server) {
  const auto identity = server.Server();
  return identity && !identity->version.empty() && identity->cluster.empty();
}

bool KnowsServer(JetStream& server) {
  const auto identity = server.Server();
  return identity && !identity->version.empty();
}

// How long a server may take to unpack what it was sent, after which the stream appears.
std::chrono::seconds UnpackTime(const RestoreInProgress& restore) {
  constexpr std::uint64_t kBytesPerSecond = 32 * 1024 * 1024;
  constexpr std::uint64_t kLongestSeconds = 600;
  if (!restore.all_sent && !restore.abandoned) return std::chrono::seconds(0);
  return std::chrono::seconds(std::min(restore.state.bytes / kBytesPerSecond, kLongestSeconds));
}

std::chrono::milliseconds QuietTime(JetStream& server, const RestoreInProgress& restore,
                                    const RemovalTimes& times) {
  constexpr std::chrono::milliseconds kNone{0};
  const bool alone = StandsAlone(server);
  if (restore.verdict_came) return alone ? kNone : times.quiet_after_verdict;
  // Without a token nothing that appears may be touched anyway.
  if (restore.abandoned && restore.token.empty()) return kNone;
  return (alone ? times.quiet_alone : times.quiet_in_cluster) + UnpackTime(restore);
}

// Whether a stream of ours holds all that was sent; no value: unknown. Messages may
// have gone since by the stream's own rules, or come: also into a part of it, so that numbers reach
// as far as the whole's.
std::optional<bool> IsWhole(JetStream& server, const RestoreInProgress& restore,
                            const StreamState& live) {
  const std::uint64_t last = restore.state.last_sequence;
  if (live.last_sequence < last) return false;
  // Restored messages keep their times.
  const bool as_sent = live.last_sequence == last &&
                       (live.messages == 0 || live.last_time_ns == restore.state.last_time_ns);
  if (as_sent || last == 0) return true;
  const auto message = server.NextMessage(restore.stream, last);
  if (!message || !*message || (*message)->sequence != last) return std::nullopt;
  return (*message)->timestamp_ns == restore.state.last_time_ns;
}

// Restored messages keep their sequences and times: a later one was published since.
bool HoldsOthersMessages(const RestoreInProgress& restore, const StreamState& live) {
  return live.last_sequence > restore.state.last_sequence ||
         (live.messages > 0 && live.last_time_ns > restore.state.last_time_ns);
}

// A durable consumer is somebody's, and a restore makes none but those of the backup. Others are
// made anew by their clients.
Result<bool> HasOthersConsumers(JetStream& server, const RestoreInProgress& restore) {
  JETKEEP_ASSIGN(const auto consumers, server.Consumers(restore.stream));
  return std::any_of(consumers.begin(), consumers.end(), [&](const ConsumerInfo& consumer) {
    return ReadConsumerConfig(consumer.config_json).durable &&
           !Holds(restore.consumers, consumer.name);
  });
}

// The token goes before the record does: a process may die in between.
bool MayHaveEnded(const RestoreInProgress& restore, const StreamInfo& live) {
  return restore.abandoned && !restore.scratch && !restore.token.empty() &&
         live.state.last_sequence >= restore.state.last_sequence &&
         RestoreTokenOf(live.config_json).empty();
}

// One clean-up: what was seen so far, and what to do about the next sight.
class Remover {
 public:
  Remover(JetStream& server, const RestoreInProgress& restore, const RemovalTimes& times)
      : server_(server), restore_(restore), times_(times) {}

  // The first look, without which Step is not to be called.
  void Begin() {
    quiet_ = QuietTime(server_, restore_, times_);
    give_up_ = Clock::now() + kGiveUp + quiet_;
    const auto silent = restore_.silent_since.value_or(Clock::now());
    free_since_ = silent;
    seen_ever_since_ =
        restore_.heard_at && Clock::now() - *restore_.heard_at < times_.certainly_held;
    // A cluster that gives up a restore removes its name, and one that ends it late makes its
    // consumers, whoever has the name by then. So nobody may have it until this has passed.
    if (!restore_.verdict_came && !StandsAlone(server_)) {
      hold_until_ = silent + times_.server_gives_up + UnpackTime(restore_);
    }
    knows_server_ = KnowsServer(server_);
    last_ = {Errc::kTimeout, "the name " + restore_.stream + " is still taken", {}, 0};
    looked_ = Clock::now();
  }

  // Looks once. A value: it is done, or given up.
  std::optional<Result<Remains>> Step() {
    if (Clock::now() >= give_up_) return GivenUp();
    const Result<NameSight> sight = WhoHasTheName(server_, restore_);
    const auto before = std::exchange(looked_, Clock::now());
    // Among many each has to wait for its turn, and meanwhile nobody looks.
    if (looked_ - before > times_.longest_gap) seen_ever_since_ = false;
    if (!sight) {
      Note(sight.error());
      if (lost_) return GivenUp();
      free_since_ = Clock::now();
      seen_ever_since_ = false;  // it may have been free
      return std::nullopt;
    }
    if (!knows_server_) TakeTimesOfServer();
    if (const auto done = Judge(*sight)) return *done;
    if (lost_) return Result<Remains>(Fail(last_));
    if (sight->holder == NameHolder::kNobody && Clock::now() - free_since_ >= quiet_) {
      return Remains::kGone;
    }
    return std::nullopt;
  }

 private:
  // After a clean-up that began while nobody knew what the server is, as without a connection: it
  // was taken for a cluster, which needs longer.
  void TakeTimesOfServer() {
    knows_server_ = KnowsServer(server_);
    if (!knows_server_ || !StandsAlone(server_)) return;
    quiet_ = QuietTime(server_, restore_, times_);
    hold_until_ = {};
  }

  // A value: nothing more is to be done.
  std::optional<Remains> Judge(const NameSight& sight) {
    const bool nameless =
        sight.holder == NameHolder::kOurName || sight.holder == NameHolder::kOtherName;
    if (!std::exchange(was_nameless_, nameless) && nameless) nameless_since_ = Clock::now();
    if (sight.holder == NameHolder::kNobody) {
      was_free_ = true;
      return std::nullopt;
    }
    free_since_ = Clock::now();
    switch (sight.holder) {
      case NameHolder::kOtherStream:
        if (removed_) return Remains::kGone;
        return MayHaveEnded(restore_, sight.stream) ? Remains::kMayHaveEnded : Remains::kOther;
      case NameHolder::kOurStream:
        if (restore_.scratch) break;
        if (restore_.abandoned && !restore_.together) {
          const auto whole = IsWhole(server_, restore_, sight.stream.state);
          if (!whole) return Remains::kUnclear;
          if (*whole) return Remains::kWhole;
        }
        if (HoldsOthersMessages(restore_, sight.stream.state)) return Remains::kInUse;
        if (Clock::now() < hold_until_) return std::nullopt;
        if (const auto others = HasOthersConsumers(server_, restore_); !others) {
          Note(others.error());
          return std::nullopt;
        } else if (*others) {
          return Remains::kInUse;
        }
        if (!StillOurs()) return std::nullopt;
        break;
      default:
        if (Clock::now() - nameless_since_ < times_.nameless_age) return std::nullopt;
        // The server gave this process the name, and nobody else can have had it since.
        if (sight.holder == NameHolder::kOtherName &&
            (!restore_.accepted || CanTell() || was_free_ || !seen_ever_since_))
          return removed_ ? Remains::kGone : Remains::kNoStream;
    }
    if (Clock::now() < hold_until_) return std::nullopt;
    Delete();
    return std::nullopt;
  }

  // A long list of consumers makes what was seen before it too old to act on.
  bool StillOurs() {
    const Result<NameSight> again = WhoHasTheName(server_, restore_);
    looked_ = Clock::now();
    return again && again->holder == NameHolder::kOurStream &&
           !HoldsOthersMessages(restore_, again->stream.state);
  }

  // Whether a name without a stream would show that it is ours.
  bool CanTell() const { return HasRestoreSubject(restore_.config_json, restore_.token); }

  void Delete() {
    if (Clock::now() - looked_ > kProofAge) return;
    const Status deleted = server_.DeleteStream(restore_.stream);
    if (deleted) {
      removed_ = true;
      return;
    }
    Note(deleted.error());
  }

  Result<Remains> GivenUp() const {
    return Fail(
        Error(last_).Within("removing what the failed restore of " + restore_.stream + " left"));
  }

  void Note(const Error& error) {
    last_ = error;
    lost_ = last_.code == Errc::kLeaseLost || last_.code == Errc::kPermissionDenied;
  }

  JetStream& server_;
  const RestoreInProgress& restore_;
  const RemovalTimes& times_;
  Error last_;
  std::chrono::milliseconds quiet_{0};
  Clock::time_point give_up_;
  Clock::time_point looked_;
  Clock::time_point hold_until_;  // the name stays taken so long
  Clock::time_point free_since_;
  Clock::time_point nameless_since_;
  bool knows_server_ = false;
  bool was_nameless_ = false;
  bool was_free_ = false;
  bool seen_ever_since_ = false;  // the server accepted the restore
  bool removed_ = false;
  bool lost_ = false;
};

}  // namespace

Result<NameSight> WhoHasTheName(JetStream& server, const RestoreInProgress& restore) {
  Result<StreamInfo> live = server.GetStream(restore.stream);
  if (live) {
    const std::string token = RestoreTokenOf(live->config_json);
    const bool ours = !restore.token.empty() && token == restore.token;
    return NameSight{ours ? NameHolder::kOurStream : NameHolder::kOtherStream, std::move(*live)};
  }
  if (live.error().code != Errc::kStreamNotFound) return Fail(live.error());
  // A server that stands alone lists what it has.
  if (StandsAlone(server)) return NameSight{};
  JETKEEP_ASSIGN(const auto names, server.StreamNames());
  if (!Holds(names, restore.stream)) return NameSight{};
  JETKEEP_ASSIGN(const bool ours, HasOurSubject(server, restore));
  return NameSight{ours ? NameHolder::kOurName : NameHolder::kOtherName, {}};
}

Result<Remains> RemoveRemains(JetStream& server, const RestoreInProgress& restore,
                              const CancelToken& cancel, const RemovalTimes& times) {
  return RemoveAllRemains(server, {&restore, 1}, cancel, times).front();
}

std::vector<Result<Remains>> RemoveAllRemains(JetStream& server,
                                              std::span<const RestoreInProgress> restores,
                                              const CancelToken& cancel,
                                              const RemovalTimes& times) {
  std::vector<std::optional<Result<Remains>>> outcomes(restores.size());
  std::vector<Remover> removers;
  removers.reserve(restores.size());
  for (const RestoreInProgress& restore : restores) {
    removers.emplace_back(server, restore, times).Begin();
  }
  for (;;) {
    bool waits = false;
    for (std::size_t i = 0; i < removers.size(); ++i) {
      if (outcomes[i]) continue;
      outcomes[i] = removers[i].Step();
      waits = waits || !outcomes[i];
    }
    if (!waits) break;
    const Status slept = SleepFor(times.poll, cancel);
    if (slept) continue;
    for (auto& outcome : outcomes) {
      if (!outcome) outcome = Result<Remains>(Fail(slept.error()));
    }
    break;
  }
  std::vector<Result<Remains>> all;
  all.reserve(outcomes.size());
  for (auto& outcome : outcomes) all.push_back(*std::move(outcome));
  return all;
}

Error LeftAlone(Remains remains, const std::string& stream) {
  Error error{Errc::kStreamExists, {}, {}, 0};
  switch (remains) {
    case Remains::kOther:
      error.message = "stream " + stream + " is not proved to be the one that this restore made";
      error.hint = "Jetkeep left it alone. Look at it before you restore again.";
      break;
    case Remains::kMayHaveEnded:
      error.message = "stream " + stream +
                      " is there without a restore's token: either this restore had ended, or "
                      "somebody else has made the stream";
      error.hint = "It was left alone.";
      break;
    case Remains::kNoStream:
      error.message =
          "the name " + stream +
          " is taken, but there is no stream: a restore is under way, or an interrupted "
          "one left the name";
      error.hint =
          "Jetkeep left it alone. If nobody is restoring that stream, free the name with "
          "`nats stream rm " +
          stream + "`.";
      break;
    case Remains::kInUse:
      error.message = "stream " + stream +
                      " was made by a restore that failed, and holds messages that were "
                      "published, or consumers that were made, since";
      error.hint =
          "Jetkeep left it as it is. Save those messages, delete the stream with "
          "`nats stream rm " +
          stream + "`, then restore again.";
      break;
    case Remains::kUnclear:
      error.message = "stream " + stream +
                      " was made by a restore whose end nobody saw, and holds messages that were "
                      "published since; whether it is whole is unknown";
      error.hint = "It was left as it is. Compare its first messages with the backup.";
      break;
    default:
      break;
  }
  return error;
}

Error NameTaken(JetStream& server, const std::string& stream) {
  const auto live = server.GetStream(stream);
  if (!live && live.error().code == Errc::kStreamNotFound)
    return LeftAlone(Remains::kNoStream, stream);
  return {Errc::kStreamExists, "stream " + stream + " already exists",
          "Nothing was changed. A stream cannot be renamed: delete it first if the backup shall "
          "take its place.",
          0};
}

}  // namespace jetkeep
