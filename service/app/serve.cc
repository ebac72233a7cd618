#include "service/app/serve.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>

#include "protocol/control/subjects.h"
#include "service/app/account_services.h"
#include "service/loop/event_loop.h"
#include "service/loop/signal_watcher.h"
#include "service/telemetry/log.h"

namespace jetkeep {
namespace {

constexpr std::chrono::seconds kDrainLimit{5};

Status StartLog(const Config& config) {
  log::Options options;
  JETKEEP_ASSIGN(options.level, log::ParseLevel(config.log_level));
  JETKEEP_ASSIGN(options.format, log::ParseFormat(config.log_format));
  log::Start(options);
  return {};
}

Status CheckServeConfig(const Config& config) {
  JETKEEP_TRY(CheckPrefix(config.subject_prefix));
  const bool any = std::any_of(config.accounts.begin(), config.accounts.end(),
                               [](const AccountConfig& one) { return one.control != "none"; });
  if (any) return {};
  return Fail(Errc::kConfigInvalid, "no account takes requests: control is none everywhere",
              "Leave `control` out of one of the accounts, or set it to all.");
}

// The control plane, from start to the end of all jobs.
Status RunControl(EventLoop& loop, std::function<void(int)>& on_signal, AccountServices& services,
                  const Config& config) {
  JETKEEP_TRY(services.Start());
  bool all_ended = true;
  on_signal = [&](int signal_number) {
    log::Info("stopping", {{"signal", signal_number}});
    services.Stop(config.shutdown_grace, [&](bool ended) {
      all_ended = ended;
      loop.Stop();
    });
  };
  loop.Run();
  if (!all_ended) {
    // Waiting longer is not ours to decide, and jobs are made to survive being cut off.
    log::Warn("some jobs did not stop within shutdown_grace; exiting without them");
    services.Flush(kDrainLimit);
    std::_Exit(TraitsOf(Errc::kTimeout).exit_code);
  }
  return {};
}

}  // namespace

Status Serve(const LoadedConfig& loaded) {
  const Config& config = loaded.config;
  JETKEEP_TRY(StartLog(config));
  for (const std::string& warning : loaded.warnings) log::Warn(warning);
  JETKEEP_TRY(CheckServeConfig(config));

  EventLoop loop;
  JETKEEP_ASSIGN(const auto services, AccountServices::Open(loop, config));
  // From here on a signal ends the service in order: one that comes early is handled as soon as the
  // loop runs, and by then there is something to do about it.
  std::function<void(int)> on_signal;
  const SignalWatcher signals(loop, [&](int signal_number) { on_signal(signal_number); });
  JETKEEP_TRY(services->Connect());
  JETKEEP_TRY(RunControl(loop, on_signal, *services, config));
  services->Drain(kDrainLimit);
  log::Info("stopped");
  return {};
}

}  // namespace jetkeep
