#include "service/app/serve.h"

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>

#include "jetkeep/clock.h"
#include "protocol/base/version.h"
#include "protocol/control/subjects.h"
#include "service/app/connection_log.h"
#include "service/config/redact.h"
#include "service/config/settings.h"
#include "service/control/control_service.h"
#include "service/engine/engine.h"
#include "service/loop/event_loop.h"
#include "service/loop/signal_watcher.h"
#include "service/loop/timer.h"
#include "service/nats/connection.h"
#include "service/nats/jetstream_client.h"
#include "service/repository/repository.h"
#include "service/setup/connection_settings.h"
#include "service/setup/engine_settings.h"
#include "service/store/posix/posix_store.h"
#include "service/telemetry/log.h"

namespace jetkeep {
namespace {

constexpr std::chrono::seconds kDrainLimit{5};
constexpr std::size_t kBlockThreads = 2;
constexpr std::chrono::milliseconds kConnectedPoll{50};

Status StartLog(const Config& config) {
  log::Options options;
  JETKEEP_ASSIGN(options.level, log::ParseLevel(config.log_level));
  JETKEEP_ASSIGN(options.format, log::ParseFormat(config.log_format));
  log::Start(options);
  return {};
}

std::string ShownServers(const Config& config) {
  return HideUrlSecrets(ShowSetting(*FindSetting("nats.servers"), config));
}

Status CheckServeConfig(const Config& config) {
  if (config.repository.empty()) {
    return Fail(Errc::kConfigInvalid, "no repository is given",
                "Give a directory: --repository DIR, JETKEEP_REPOSITORY or repository.directory.");
  }
  return CheckPrefix(config.subject_prefix);
}

void LogServing(const Config& config, const std::string& service_id) {
  const Subjects subjects(config.subject_prefix);
  log::Info("jetkeep serves", {{"version", ProgramVersion()},
                               {"server", ShownServers(config)},
                               {"repository", config.repository},
                               {"account", config.account},
                               {"backup_subject", subjects.Request(EndpointId::kBackup)},
                               {"restore_subject", subjects.Request(EndpointId::kRestore)},
                               {"service_id", service_id}});
}

// The control plane, from start to the end of all jobs. True if they all ended within the grace
// time.
Result<bool> RunControl(EventLoop& loop, Connection& connection,
                        const ConnectionLog& connection_log, JetStream& server, Engine& engine,
                        const std::string& repository_id, const Config& config) {
  ControlOptions options;
  options.prefix = config.subject_prefix;
  options.account = config.account;
  options.repository = repository_id;
  options.max_jobs = config.max_jobs;
  options.streams = &server;
  ControlService control(loop, connection, engine, options);
  JETKEEP_TRY(control.Start());
  std::unique_ptr<Timer> until_connected;
  const auto log_once_connected = [&] {
    if (!connection_log.ever_connected()) return;
    LogServing(config, control.id());
    until_connected.reset();
  };
  until_connected = Timer::Every(loop, kConnectedPoll, log_once_connected);
  bool all_ended = true;
  const SignalWatcher signals(loop, [&](int signal_number) {
    log::Info("stopping", {{"signal", signal_number}});
    control.Stop(config.shutdown_grace, [&](bool ended) {
      all_ended = ended;
      loop.Stop();
    });
  });
  loop.Run();
  if (!all_ended) {
    // Waiting longer is not ours to decide, and jobs are made to survive being cut off.
    log::Warn("some jobs did not stop in time; leaving them");
    static_cast<void>(connection.Flush(kDrainLimit));
    std::_Exit(TraitsOf(Errc::kTimeout).exit_code);
  }
  return all_ended;
}

}  // namespace

Status Serve(const LoadedConfig& loaded) {
  const Config& config = loaded.config;
  JETKEEP_TRY(StartLog(config));
  JETKEEP_TRY(CheckServeConfig(config));

  JETKEEP_ASSIGN(const auto files, PosixStore::Open(config.repository, true));
  BlockWorkers workers(kBlockThreads);
  const RepositoryOptions repository_options = RepositoryOptionsFrom(config);
  JETKEEP_ASSIGN(
      const auto repository,
      Repository::OpenOrCreate(*files, workers, repository_options, SystemClock().Now()));
  const CleanUpResult cleaned = repository->CleanUp();
  for (const Error& problem : cleaned.problems) {
    log::Warn("not all of the repository can be cleaned up",
              {{"error", problem.message}, {"hint", problem.hint}});
  }
  if (cleaned.files_removed > 0) {
    log::Info("removed leftovers of unfinished backups", {{"files", cleaned.files_removed}});
  }

  JETKEEP_ASSIGN(const ConnectionOptions connection_options, ConnectionOptionsFrom(config));
  ConnectionLog connection_log;
  JETKEEP_ASSIGN(const auto connection,
                 Connection::Open(connection_options, [&](const ConnectionEvent& event) {
                   connection_log.Observe(event);
                 }));
  JetStreamOptions jetstream_options;
  jetstream_options.api_prefix = config.js_api_prefix;
  jetstream_options.domain = config.js_domain;
  jetstream_options.request_timeout = config.timeout;
  JETKEEP_ASSIGN(const auto server, JetStreamClient::Create(*connection, jetstream_options));
  EngineOptions engine_options = EngineOptionsFrom(config);
  engine_options.recover_restores = true;
  const auto engine = MakeEngine(*server, *repository, engine_options);

  EventLoop loop;
  JETKEEP_TRY(RunControl(loop, *connection, connection_log, *server, *engine,
                         repository->header().id, config));
  if (Status drained = connection->Drain(kDrainLimit); !drained && connection->connected()) {
    log::Warn("the NATS connection did not drain", {{"error", drained.error().message}});
  }
  connection->Close();
  log::Info("stopped");
  return {};
}

}  // namespace jetkeep
