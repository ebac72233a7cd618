// RawSnapshot: the server's own snapshot and restore, unread, so that tests can tell what a server
// does by itself from what Jetkeep does. Failures throw std::runtime_error.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/jetstream_client.h"

namespace jetkeep::testing {

struct RawSnapshot {
  nlohmann::json config;
  nlohmann::json state;
  std::vector<std::string> chunks;
};

RawSnapshot TakeRawSnapshot(JetStreamClient& client, const std::string& stream);
void RestoreRawSnapshot(JetStreamClient& client, const std::string& stream,
                        const RawSnapshot& snapshot);

}  // namespace jetkeep::testing
