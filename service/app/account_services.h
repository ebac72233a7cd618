// AccountServices: all that a service has for its accounts: stores, repositories, connections,
// engines, one JobManager for all, and a face on the connection of each account that takes
// requests.
//
// Thread-safety: belongs to the loop's thread: made, used and destroyed there, or while the loop
// does not run. Ownership: what Open takes outlives it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "jetkeep/error.h"
#include "service/app/observability.h"
#include "service/config/config.h"
#include "service/jobs/job_manager.h"
#include "service/loop/event_loop.h"
#include "service/setup/account.h"

namespace jetkeep {

class AccountServices {
 public:
  // Opens the repositories, and cleans them up.
  static Result<std::unique_ptr<AccountServices>> Open(EventLoop& loop, const Config& config,
                                                       Observability& observability,
                                                       TransferPaces& paces);
  ~AccountServices();
  AccountServices(const AccountServices&) = delete;
  AccountServices& operator=(const AccountServices&) = delete;

  // Opens the connections. Fails for what waiting cannot remove; a server that cannot be reached is
  // no failure, and keeps no other account waiting.
  Status Connect();
  // After it: takes requests, and says of each account when it is served; then, of all of them, by
  // `all_connected`.
  Status Start(std::function<void()> all_connected);
  // As ControlService::Stop.
  void Stop(std::chrono::milliseconds grace, std::function<void(bool all_ended)> done);
  // What was published goes out, as far as there are servers.
  void Flush(std::chrono::milliseconds timeout);
  // The same, and the connections close. Nothing is taken or published any more.
  void Drain(std::chrono::milliseconds timeout);

  // REQUIRES: Connect.
  JobManager& jobs();

 private:
  class Impl;
  explicit AccountServices(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace jetkeep
