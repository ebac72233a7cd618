// What STREAM.MSG.GET answers for each sequence of a stream that is there. For small streams.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/jetstream_client.h"

namespace jetkeep::testing {

inline std::map<std::uint64_t, nlohmann::json> MessagesOf(JetStreamClient& client,
                                                          const std::string& stream) {
  std::map<std::uint64_t, nlohmann::json> messages;
  const nlohmann::json state = client.StreamInfo(stream).at("state");
  for (std::uint64_t s = state.at("first_seq"); s <= state.at("last_seq"); ++s) {
    const nlohmann::json answer = client.TryApi("STREAM.MSG.GET." + stream, {{"seq", s}});
    if (answer.contains("message")) messages[s] = answer.at("message");
  }
  return messages;
}

}  // namespace jetkeep::testing
