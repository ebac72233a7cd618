#include "service/engine/restore/server_clock.h"

#include <cstdlib>

#include "protocol/base/time.h"
#include "service/telemetry/log.h"
#include "service/work/ids.h"

namespace jetkeep {

std::int64_t ClockOffset(std::int64_t server_ns, std::int64_t now_ns) {
  if (server_ns <= 0 || now_ns <= 0) return 0;
  const std::int64_t offset = server_ns - now_ns;
  return std::abs(offset) < kClockSkewNs ? 0 : offset;
}

std::int64_t TimeByConsumer(JetStream& server, const std::string& stream) {
  const std::string name = "jetkeep-clock-" + std::to_string(RandomBits());
  const std::string config =
      R"({"name":")" + name +
      R"(","deliver_policy":"new","ack_policy":"none","inactive_threshold":30000000000})";
  const auto made = server.CreateConsumer(stream, name, config);
  if (!made) return 0;
  if (const Status removed = server.DeleteConsumer(stream, name); !removed) {
    log::Warn("could not remove a consumer that the server removes in 30 seconds by itself",
              {{"stream", stream}, {"consumer", name}, {"error", removed.error().message}});
  }
  return ParseTime(made->created).value_or(0);
}

std::string ClocksDiffer(std::int64_t offset_ns) {
  constexpr std::int64_t kSecondNs = 1'000'000'000;
  return "the clock of this machine is " + std::to_string(std::abs(offset_ns) / kSecondNs) + " s " +
         (offset_ns > 0 ? "behind" : "ahead of") +
         " the server's: what has expired goes by the server's";
}

}  // namespace jetkeep
