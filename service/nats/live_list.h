// The live sequences of a stream, by a consumer that delivers headers only. Private to this folder.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "protocol/js_api/api_subjects.h"
#include "service/nats/connection.h"

namespace jetkeep {

struct LiveRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::chrono::milliseconds timeout{};  // of each answer
};

// As StreamReader::ListLive. Memory: the messages on their way, about 2 MiB.
Status ListLive(Connection& connection, const ApiSubjects& subjects, const std::string& stream,
                const LiveRange& range, const std::function<Status(std::uint64_t sequence)>& take,
                const CancelToken& cancel);

}  // namespace jetkeep
