// ControlService: Jetkeep on one NATS connection. Takes the requests of protocol/SUBJECTS.md, runs
// jobs, publishes events, and shows itself through the service API: one of the faces of a
// JobManager, each on the connection of an account.
//
// Thread-safety: belongs to the loop's thread: created, used and destroyed there, or while the loop
// does not run. What it is given must outlive it.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "jetkeep/clock.h"
#include "jetkeep/defaults.h"
#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"
#include "jetkeep/job.h"
#include "protocol/base/version.h"
#include "protocol/control/service_api.h"
#include "protocol/control/subjects.h"
#include "service/jobs/served_accounts.h"
#include "service/loop/event_loop.h"
#include "service/nats/connection.h"

namespace jetkeep {

class JobManager;

struct ControlOptions {
  std::string prefix;  // of all subjects; empty: none
  std::string version = ProgramVersion();
  std::string account = std::string(kDefaultAccount);  // the configured connection's name
  std::string repository;  // its id, by which instances know whether they share one
  const WallClock* clock = &SystemClock();  // outlives the service
  // Where to look for streams that capture the control subjects; null: nowhere. Outlives the
  // service.
  JetStream* streams = nullptr;
  std::chrono::milliseconds peer_interval{30'000};  // between looks for other instances
  // How long an instance that does not know a job waits for another one to answer.
  std::chrono::milliseconds not_found_delay{250};
  // Requests that are switched off (request_switches.h).
  std::vector<std::string> refuse = {};
};

// What the faces of one service share. All of it outlives them.
struct SharedJobs {
  JobManager& manager;
  // That the clients of this face may ask for; the first is the connection's own.
  ServedAccounts accounts;
  bool sees_all = false;  // these are all that there are
};

class ControlService {
 public:
  ControlService(EventLoop& loop, Connection& connection, const SharedJobs& jobs,
                 const ControlOptions& options);
  ~ControlService();
  ControlService(const ControlService&) = delete;
  ControlService& operator=(const ControlService&) = delete;

  // kConfigInvalid for a bad prefix, or why the connection took no subscription.
  Status Start();

  // Takes no new requests. Who has the manager stops it next: the last events of jobs and the
  // answers to those who wait for them are published then, and not flushed yet; drain the
  // connection at the end. REQUIRES: Start.
  void StopTaking();

  // The requests so far, by endpoint.
  const std::array<EndpointStatistics, kEndpoints.size()>& statistics() const;

  // Of this instance, as in $SRV.PING.jetkeep.<id>.
  const std::string& id() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jetkeep
