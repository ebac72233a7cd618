#include "service/app/serve.h"

#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>

#include "protocol/base/version.h"
#include "protocol/control/subjects.h"
#include "service/app/connection_log.h"
#include "service/app/later_clean_up.h"
#include "service/config/redact.h"
#include "service/control/control_service.h"
#include "service/loop/event_loop.h"
#include "service/loop/signal_watcher.h"
#include "service/loop/timer.h"
#include "service/repository/job_log.h"
#include "service/setup/account.h"
#include "service/setup/opened_repository.h"
#include "service/telemetry/log.h"

namespace jetkeep {
namespace {

constexpr std::chrono::seconds kDrainLimit{5};
constexpr std::chrono::milliseconds kConnectedPoll{50};

Status StartLog(const Config& config) {
  log::Options options;
  JETKEEP_ASSIGN(options.level, log::ParseLevel(config.log_level));
  JETKEEP_ASSIGN(options.format, log::ParseFormat(config.log_format));
  log::Start(options);
  return {};
}

std::string ShownServers(const AccountConfig& account) {
  std::string shown;
  for (const std::string& server : account.servers) {
    shown += (shown.empty() ? "" : ",") + HideUrlSecrets(server);
  }
  return shown;
}

Status CheckServeConfig(const Config& config) {
  JETKEEP_TRY(CheckPrefix(config.subject_prefix));
  if (config.accounts.size() == 1) return {};
  // One table of jobs for all accounts is needed first: it bounds how many run at once.
  return Fail(Errc::kConfigInvalid, "serve with several accounts is not supported yet",
              "Choose one with --account NAME, and run one jetkeep serve for each account.");
}

void LogServing(const Config& config, const std::string& service_id) {
  const AccountConfig& account = config.account();
  const Subjects subjects(config.subject_prefix);
  log::Info("jetkeep serves", {{"version", ProgramVersion()},
                               {"server", ShownServers(account)},
                               {"repository", config.StoreOf(account).path},
                               {"account", account.name},
                               {"backup_subject", subjects.Request(EndpointId::kBackup)},
                               {"restore_subject", subjects.Request(EndpointId::kRestore)},
                               {"service_id", service_id}});
}

// The control plane, from start to the end of all jobs. True if they all ended within the grace
// time.
Result<bool> RunControl(EventLoop& loop, std::function<void(int)>& on_signal, Account& account,
                        const ConnectionLog& connection_log, ControlOptions options,
                        const Config& config) {
  options.prefix = config.subject_prefix;
  options.account = account.name;
  options.max_jobs = config.max_jobs;
  options.streams = account.server.get();
  ControlService control(loop, *account.connection, *account.engine, options);
  JETKEEP_TRY(control.Start());
  std::unique_ptr<Timer> until_connected;
  const auto log_once_connected = [&] {
    if (!connection_log.ever_connected()) return;
    LogServing(config, control.id());
    until_connected.reset();
  };
  until_connected = Timer::Every(loop, kConnectedPoll, log_once_connected);
  bool all_ended = true;
  on_signal = [&](int signal_number) {
    log::Info("stopping", {{"signal", signal_number}});
    control.Stop(config.shutdown_grace, [&](bool ended) {
      all_ended = ended;
      loop.Stop();
    });
  };
  loop.Run();
  if (!all_ended) {
    // Waiting longer is not ours to decide, and jobs are made to survive being cut off.
    log::Warn("some jobs did not stop within shutdown_grace; exiting without them");
    static_cast<void>(account.connection->Flush(kDrainLimit));
    std::_Exit(TraitsOf(Errc::kTimeout).exit_code);
  }
  return all_ended;
}

void ReportCleanUp(const CleanUpResult& cleaned) {
  for (const Error& problem : cleaned.problems) {
    log::Warn("the repository could not be cleaned up completely",
              {{"error", problem.message}, {"hint", problem.hint}});
  }
  if (cleaned.files_removed > 0) {
    log::Info("removed leftovers of unfinished backups", {{"files", cleaned.files_removed}});
  }
}

}  // namespace

Status Serve(const LoadedConfig& loaded) {
  const Config& config = loaded.config;
  JETKEEP_TRY(StartLog(config));
  for (const std::string& warning : loaded.warnings) log::Warn(warning);
  JETKEEP_TRY(CheckServeConfig(config));

  const AccountConfig& account_config = config.account();
  JETKEEP_ASSIGN(const auto storage, OpenForAccount(config, account_config));
  ReportCleanUp(storage->repository->CleanUp());
  // From here on a signal ends the service in order: one that comes early is handled as soon as the
  // loop runs, and by then there is something to do about it.
  EventLoop loop;
  std::function<void(int)> on_signal;
  const SignalWatcher signals(loop, [&](int signal_number) { on_signal(signal_number); });
  ConnectionLog connection_log;
  JETKEEP_ASSIGN(const auto account,
                 OpenAccount(config, account_config, *storage->repository,
                             [&](const ConnectionEvent& event) { connection_log.Observe(event); }));

  const LaterCleanUp later(loop, *storage->repository, ReportCleanUp);
  JobLog jobs(storage->store(), SystemClock());
  ControlOptions control_options;
  control_options.repository = storage->repository->header().id;
  control_options.jobs = &jobs;
  JETKEEP_TRY(RunControl(loop, on_signal, *account, connection_log, control_options, config));
  Connection& connection = *account->connection;
  if (Status drained = connection.Drain(kDrainLimit); !drained && connection.connected()) {
    log::Warn("the NATS connection did not drain", {{"error", drained.error().message}});
  }
  connection.Close();
  log::Info("stopped");
  return {};
}

}  // namespace jetkeep
