#include "service/app/serve.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <string>
#include <utility>

#include "service/app/account_services.h"
#include "service/app/observability.h"
#include "service/app/reloader.h"
#include "service/app/stop_limit.h"
#include "service/app/systemd.h"
#include "service/loop/event_loop.h"
#include "service/loop/signal_watcher.h"
#include "service/setup/account.h"
#include "service/setup/check_served.h"
#include "service/telemetry/log.h"

namespace jetkeep {
namespace {

constexpr std::chrono::seconds kDrainLimit{5};  // of each account
// What destructors may take, though jobs took all of shutdown_grace.
constexpr std::chrono::seconds kEndLimit{2};

Status StartLog(const Config& config) {
  log::Options options;
  JETKEEP_ASSIGN(options.level, log::ParseLevel(config.log_level));
  JETKEEP_ASSIGN(options.format, log::ParseFormat(config.log_format));
  log::Start(options);
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

// What `systemctl status` shows: the account that is not connected yet matters more than a
// configuration that was refused.
class ShownStatus {
 public:
  explicit ShownStatus(Systemd& systemd) : systemd_(systemd) {}

  void Ready() { systemd_.Ready(Text()); }
  void AllConnected() {
    connected_ = true;
    if (!stopping_) systemd_.Status(Text());
  }
  // Each one once: a reload that is asked for during another one is part of it.
  void Reloading() {
    if (!std::exchange(reloading_, true)) systemd_.Reloading();
  }
  void Reloaded(bool taken) {
    refused_ = !taken;
    const bool first = std::exchange(reloading_, false);
    if (stopping_) return;  // what has stopped does not become ready again
    if (first) {
      systemd_.Ready(Text());
    } else {
      systemd_.Status(Text());
    }
  }
  void Stopping() {
    stopping_ = true;
    systemd_.Stopping();
  }

 private:
  std::string Text() const {
    std::string text = connected_ ? "serving" : "waiting for NATS";
    if (refused_) text += "; the configuration was refused";
    return text;
  }

  Systemd& systemd_;
  bool connected_ = false;
  bool refused_ = false;
  bool reloading_ = false;
  bool stopping_ = false;
};

// The control plane, from start to the end of all jobs.
Status RunControl(EventLoop& loop, Signals& signals, AccountServices& services,
                  TransferPaces& paces, Observability& observability, const LoadedConfig& loaded,
                  StopLimit& limit) {
  Systemd systemd(loop);
  ShownStatus status(systemd);
  JETKEEP_TRY(services.Start([&status] { status.AllConnected(); }));
  status.Ready();
  std::chrono::milliseconds grace = loaded.config.shutdown_grace;
  const auto take = [&](const Config& now) {
    if (const auto level = log::ParseLevel(now.log_level)) log::SetLevel(*level);
    services.jobs().SetMaxRunning(now.max_jobs);
    SetRates(now, paces);
    grace = now.shutdown_grace;
  };
  const auto on_reloaded = [&](const Status& reloaded) {
    observability.OnReload(reloaded);
    status.Reloaded(reloaded.has_value());
  };
  Reloader reloader(loop, loaded, {.check = &CheckServed, .take = take, .ended = on_reloaded});
  signals.reload = [&] {
    status.Reloading();
    reloader.Reload();
  };
  bool all_ended = true;
  auto deadline = std::chrono::steady_clock::now();
  signals.stop = [&](int signal_number) {
    log::Info("stopping", {{"signal", signal_number}});
    signals.reload = nullptr;
    status.Stopping();
    observability.CancelLooks();
    deadline = std::chrono::steady_clock::now() + grace;
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
  const auto accounts = static_cast<int>(loaded.config.accounts.size());
  limit.Arm(std::max(deadline, std::chrono::steady_clock::now() + kEndLimit) +
            accounts * kDrainLimit);
  return {};
}

}  // namespace

Status Serve(const LoadedConfig& loaded) {
  // One that comes before there is something to reload must not end the process.
  std::signal(SIGHUP, SIG_IGN);
  const Config& config = loaded.config;
  JETKEEP_TRY(StartLog(config));
  for (const std::string& warning : loaded.warnings) log::Warn(warning);
  JETKEEP_TRY(CheckServed(config));

  StopLimit limit;  // first: until all others have gone
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
  JETKEEP_TRY(RunControl(loop, signals, *services, paces, *observability, loaded, limit));
  services->Drain(kDrainLimit);
  log::Info("stopped");
  return {};
}

}  // namespace jetkeep
