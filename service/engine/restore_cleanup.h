// What a failed restore leaves on the server, and how it is removed without touching anything else.
//
// A restore is not a transaction: servers from 2.15 keep a live, partial stream; clusters keep the
// name of a stream that nobody has (STREAM.NAMES lists it, STREAM.INFO says 404), and with several
// replicas an empty stream may appear seconds after the failure. Only STREAM.DELETE clears these.
#pragma once

#include <chrono>
#include <string>

#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"

namespace jetkeep {

// What a restore knows of the stream that it was making. It may be removed only because its name
// was proven free before the server accepted the restore.
struct RestoreInProgress {
  std::string stream;
  std::string config_json;    // as sent
  StreamState state;          // as sent
  bool verdict_came = false;  // the server ended the restore itself: nothing of it can still appear
};

// Whether the live stream can be what that restore left: its configuration is the one sent and it
// holds nothing that the backup does not.
bool CouldBeLeftover(const RestoreInProgress& restore, const StreamInfo& live);

// Removes what is left and waits until the name is free and stays free. A stream that cannot be a
// leftover is left alone and is an error (kStreamExists).
Status RemoveLeftover(JetStream& server, const RestoreInProgress& restore);

}  // namespace jetkeep
