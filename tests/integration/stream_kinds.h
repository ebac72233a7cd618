// One stream of each kind, and whether all of them are as they were.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/support/jetstream_client.h"
#include "tests/support/nats_server.h"
#include "tests/support/stream_dump.h"

namespace jetkeep::testing {

// One stream of each kind that this server keeps.
std::vector<std::string> MakeStreams(JetStreamClient& client, const std::string& version);

std::map<std::string, StreamDump> DumpAll(JetStreamClient& client,
                                          const std::vector<std::string>& streams);

// How what is there differs from before, now and after a restart of the server.
std::string DifferenceOf(NatsServer& server, const std::map<std::string, StreamDump>& before,
                         const CompareOptions& options = {});

}  // namespace jetkeep::testing
