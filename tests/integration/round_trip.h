// What the round-trip programs share: a server and a Jetkeep beside it, and the round trip itself.
//
// With JETKEEP_TEST_RAW set, the server's own snapshot and restore are used instead of Jetkeep: a
// case that fails then, too, asks more than that server can do.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "tests/support/jetkeep_process.h"
#include "tests/support/jetstream_client.h"
#include "tests/support/nats_server.h"
#include "tests/support/servers.h"
#include "tests/support/stream_dump.h"

namespace jetkeep::testing {

bool RawMode();

// Backs up, deletes and restores; what differs afterwards, in readable lines. `before` gets the
// dump.
std::string RoundTrip(JetStreamClient& client, const std::string& stream, StreamDump& before,
                      const CompareOptions& options = {});

// Every replica of the stream is current (also true outside of a cluster).
bool AllReplicasCurrent(JetStreamClient& client, const std::string& stream);
void AwaitReplicas(JetStreamClient& client, const std::string& stream);

}  // namespace jetkeep::testing
