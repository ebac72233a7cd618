#include "service/app/push_run.h"

#include <unistd.h>

#include <array>
#include <chrono>
#include <string>

#include "jetkeep/clock.h"
#include "service/http/http_client.h"
#include "service/telemetry/metrics.h"

namespace jetkeep {
namespace {

constexpr std::chrono::seconds kTimeout{5};

// Commands of several hosts must not take each other's place.
std::string HostName() {
  std::array<char, 256> name{};
  const bool known = ::gethostname(name.data(), name.size() - 1) == 0 && name.front() != '\0';
  return known ? name.data() : "unknown";
}

}  // namespace

Status PushRun(const std::string& url, const FinishedRun& run) {
  JETKEEP_ASSIGN(HttpUrl target, ParseHttpUrl(url));
  if (target.path == "/") {
    target.path = "/metrics/job/jetkeep/command/" + EncodePathPart(run.command) + "/instance/" +
                  EncodePathPart(HostName());
  }
  const double now = static_cast<double>(SystemClock().Now()) / 1e9;
  Metrics metrics;
  metrics.Set(Metric::kRunEnd, {}, now);
  if (run.exit_code == 0) metrics.Set(Metric::kRunSuccess, {}, now);
  metrics.Set(Metric::kRunDuration, {}, run.seconds);
  metrics.Set(Metric::kRunExitCode, {}, run.exit_code);
  // POST replaces the metrics that it names and keeps the others, so the last success stays.
  JETKEEP_ASSIGN(const int status,
                 HttpPost(target, "text/plain; version=0.0.4", metrics.Text(), kTimeout));
  if (status == 200 || status == 202) return {};
  return Fail(Errc::kUnexpectedAnswer,
              target.place.host + " answered with the status " + std::to_string(status));
}

}  // namespace jetkeep
