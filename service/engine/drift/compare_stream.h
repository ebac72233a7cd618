// How a stream and its consumers differ from configurations that were kept. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/drift.h"
#include "jetkeep/stream.h"
#include "protocol/repository/manifest.h"

namespace jetkeep {

struct ConsumerConfig {
  std::string name;
  std::string config_json;
};

// A stream with all of its consumers.
struct StreamConfigs {
  std::string config_json;
  std::vector<ConsumerConfig> consumers;
  // They are a server's answers, which name all that is set. Else they may be what somebody wrote:
  // what such files leave out is the server's choice.
  bool whole = true;
};

StreamConfigs ConfigsOf(const Manifest& manifest);
StreamConfigs ConfigsOf(const StreamInfo& stream, const std::vector<ConsumerInfo>& consumers);

// What a difference takes in memory.
std::size_t BytesOf(const Drift& drift);

// First those of the stream, then those of its consumers by their names. No difference is what
// servers decide by themselves, what they fill in where `kept` is not whole, what Jetkeep puts into
// the metadata during a restore, and that a consumer without a durable name has come or gone:
// clients make and servers remove these all the time. now_ns: pauses that end by then pause nobody
// any more; servers keep them.
std::vector<Drift> CompareStream(const std::string& stream, const StreamConfigs& kept,
                                 const StreamConfigs& found, std::int64_t now_ns = 0);

}  // namespace jetkeep
