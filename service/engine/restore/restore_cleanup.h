// What a failed restore leaves on the server, and how it is removed without touching anything else.
//
// A restore is not a transaction: servers from 2.15 keep a live, partial stream; clusters keep the
// name of a stream that nobody has (STREAM.NAMES lists it, STREAM.INFO says 404), and with several
// replicas an empty stream may appear seconds after the failure. Only STREAM.DELETE clears these.
//
// Nothing is deleted unless it is proved to be this restore's: by the token in the stream's
// configuration, or, for a name without a stream, by the token's subject, which STREAM.NAMES can be
// asked for. Where neither can be had, only a process that heard the server accept its restore, and
// has seen the name taken ever since, may free the name.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"
#include "protocol/repository/restore_record.h"

namespace jetkeep {

// What is known of a restore and of the stream that it makes.
struct RestoreInProgress : SentStream {
  bool accepted = false;      // the server said to this process that it has begun
  bool verdict_came = false;  // the server ended the restore itself: nothing of it can still appear
  bool all_sent = false;      // the server may be unpacking, and the stream appear when it is done
  bool abandoned = false;     // its process died: the restore may have ended well, or others came
  // When this process last sent a chunk that the server was waiting for; none: not known.
  std::optional<std::chrono::steady_clock::time_point> heard_at = {};
  // Since when nobody sends anything of it; otherwise since the clean-up began.
  std::optional<std::chrono::steady_clock::time_point> silent_since = {};
};

enum class NameHolder : std::uint8_t {
  kNobody,
  kOurStream,
  kOurName,      // without a stream
  kOtherStream,  // another's, or not proved to be ours
  kOtherName,    // without a stream; its owner is unknown
};
struct NameSight {
  NameHolder holder = NameHolder::kNobody;
  StreamInfo stream;  // of kOurStream, kOtherStream
};
Result<NameSight> WhoHasTheName(JetStream& server, const RestoreInProgress& restore);

enum class Remains : std::uint8_t {
  kGone,          // the name is free, or another's after ours was removed
  kWhole,         // an abandoned restore had come to its end: the stream stays, with its token
  kOther,         // a stream that is not proved to be ours has the name: left alone
  kMayHaveEnded,  // likewise; it may be that of an abandoned restore that had come to its end
  kNoStream,      // a name without a stream, not proved to be ours: left alone
  // Ours, but it holds messages that were published, or durable consumers that were made, since:
  // left, with its token.
  kInUse,
  kUnclear,  // likewise, of an abandoned restore, and whether it is whole is unknown
};

// How long something of a restore may still appear; measured on servers.
struct RemovalTimes {
  std::chrono::milliseconds poll{250};
  // A server drops an abandoned restore after five seconds without a chunk; an empty stream of
  // several replicas was seen up to nine seconds after that.
  std::chrono::milliseconds quiet_alone{6'000};
  std::chrono::milliseconds quiet_in_cluster{16'000};
  std::chrono::milliseconds quiet_after_verdict{2'000};  // in a cluster
  // A name without a stream is also what a stream looks like while it is being made.
  std::chrono::milliseconds nameless_age{1'000};
  // When a cluster has given up a restore of which no chunk comes.
  std::chrono::milliseconds server_gives_up{7'000};
  // So long after a chunk the server certainly has the restore.
  std::chrono::milliseconds certainly_held{4'000};
  // Between two looks at a name: longer, and somebody else may have had it in between.
  std::chrono::milliseconds longest_gap{1'000};
};

// Removes what is left and waits until nothing of it can still appear. `cancel` ends the wait.
Result<Remains> RemoveRemains(JetStream& server, const RestoreInProgress& restore,
                              const CancelToken& cancel, const RemovalTimes& times = {});

// The same for many at once, which takes hardly longer than for one: most of it is waiting.
// Outcomes in the order of `restores`.
std::vector<Result<Remains>> RemoveAllRemains(JetStream& server,
                                              std::span<const RestoreInProgress> restores,
                                              const CancelToken& cancel,
                                              const RemovalTimes& times = {});

// Says what was left and why; empty for kGone and kWhole. kStreamExists.
Error LeftAlone(Remains remains, const std::string& stream);

// For a restore that finds its name taken.
Error NameTaken(JetStream& server, const std::string& stream);

}  // namespace jetkeep
