// What a failed restore leaves on the server, and how it is removed without touching anything else.
//
// A restore is not a transaction: servers from 2.15 keep a live, partial stream; clusters keep the
// name of a stream that nobody has (STREAM.NAMES lists it, STREAM.INFO says 404), and with several
// replicas an empty stream may appear seconds after the failure. Only STREAM.DELETE clears these.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"

namespace jetkeep {

// What a restore knows of the stream that it was making. It may be removed only because its name
// was proven free before the server heard of the restore.
struct RestoreInProgress {
  std::string stream;
  std::string config_json;     // as sent
  StreamState state;           // as sent
  std::string stream_created;  // as sent; servers give it to what they restore from v1
  std::int64_t started_ns = 0;
  bool verdict_came = false;  // the server ended the restore itself: nothing of it can still appear
  bool all_sent = false;      // the server may be unpacking, and the stream appear when it is done
  bool abandoned = false;     // its process died: the restore may have ended well, or others came
  bool scratch = false;       // made for a comparison only: goes even when it is whole
};

// Whether the live stream can be what that restore left: it has the configuration that was sent,
// holds nothing that the backup does not, and was made by this restore as far as times tell.
bool CouldBeLeftover(const RestoreInProgress& restore, const StreamInfo& live);

// Whether an abandoned restore came to its end: the stream reaches as far as the backup.
bool IsWhole(const RestoreInProgress& restore, const StreamInfo& live);

enum class Leftover : std::uint8_t { kGone, kWhole };

// Removes what is left and waits until the name is free and stays free; kWhole if an abandoned
// restore turns out to have ended well: then the stream stays. A stream that cannot be a leftover
// is left alone and is an error (kStreamExists).
Result<Leftover> RemoveLeftover(JetStream& server, const RestoreInProgress& restore,
                                const CancelToken& cancel);

}  // namespace jetkeep
