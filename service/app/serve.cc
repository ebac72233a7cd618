#include "service/app/serve.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>

#include "protocol/control/subjects.h"
#include "service/app/account_services.h"
#include "service/app/observability.h"
#include "service/app/reloader.h"
#include "service/app/systemd.h"
#include "service/loop/event_loop.h"
#include "service/loop/signal_watcher.h"
#include "service/setup/account.h"
#include "service/setup/connection_settings.h"
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

// What a configuration that is read again must pass as well: what the next start would find.
Status CheckReloaded(const Config& config) {
  JETKEEP_TRY(CheckServeConfig(config));
  for (const AccountConfig& account : config.accounts) JETKEEP_TRY(ConnectionOptionsFrom(account));
  return {};
}

void SetRates(const Config& config, TransferPaces& paces) {
  paces.backup.SetRate(config.backup_rate);
  paces.restore.SetRate(config.restore_rate);
}

// What signals do; empty before there is something to do.
struct Signals {
  std::function<void(int)> stop;
  std::function<void()> reload;
};

// The control plane, from start to the end of all jobs.
Status RunControl(EventLoop& loop, Signals& signals, AccountServices& services,
                  TransferPaces& paces, Observability& observability, const LoadedConfig& loaded) {
  Systemd systemd(loop);
  JETKEEP_TRY(services.Start([&systemd] { systemd.Status("serving"); }));
  systemd.Ready("waiting for NATS");
  std::chrono::milliseconds grace = loaded.config.shutdown_grace;
  const auto take = [&](const Config& now) {
    if (const auto level = log::ParseLevel(now.log_level)) log::SetLevel(*level);
    services.jobs().SetMaxRunning(now.max_jobs);
    SetRates(now, paces);
    grace = now.shutdown_grace;
  };
  const auto on_reloaded = [&](const Status& reloaded) {
    observability.OnReload(reloaded);
    systemd.Ready(reloaded ? "serving" : "serving; the configuration was refused");
  };
  Reloader reloader(loop, loaded, {.check = &CheckReloaded, .take = take, .ended = on_reloaded});
  signals.reload = [&] {
    systemd.Reloading();
    reloader.Reload();
  };
  bool all_ended = true;
  signals.stop = [&](int signal_number) {
    log::Info("stopping", {{"signal", signal_number}});
    signals.reload = nullptr;
    systemd.Stopping();
    services.Stop(grace, [&](bool ended) {
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
  JETKEEP_ASSIGN(const auto observability, Observability::Start(loop, config));
  TransferPaces paces;
  SetRates(config, paces);
  JETKEEP_ASSIGN(const auto services, AccountServices::Open(loop, config, *observability, paces));
  // From here on a signal ends the service in order: one that comes early is handled as soon as the
  // loop runs, and by then there is something to do about it.
  Signals signals;
  const SignalWatcher watcher(
      loop, [&](int signal_number) { signals.stop(signal_number); },
      [&] {
        if (signals.reload) signals.reload();
      });
  JETKEEP_TRY(services->Connect());
  JETKEEP_TRY(RunControl(loop, signals, *services, paces, *observability, loaded));
  services->Drain(kDrainLimit);
  log::Info("stopped");
  return {};
}

}  // namespace jetkeep
