// Discovery: answers $SRV.PING, $SRV.INFO and $SRV.STATS (ADR-32).
// Thread-safety: belongs to the loop's thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "jetkeep/clock.h"
#include "jetkeep/error.h"
#include "protocol/control/service_api.h"
#include "protocol/control/subjects.h"
#include "service/control/request_desk.h"
#include "service/nats/connection.h"

namespace jetkeep {

class Discovery {
 public:
  // `post` brings a task to the loop's thread; the desk must outlive this object.
  Discovery(const Subjects& subjects, ServiceIdentity identity, const WallClock& clock,
            const RequestDesk& desk, std::function<void(std::function<void()>)> post);

  Status Subscribe(Connection& connection);
  void Drain();
  const std::string& id() const { return identity_.id; }

 private:
  Document StatsBody() const;

  ServiceIdentity identity_;
  std::vector<ServiceEndpoint> endpoints_;
  const RequestDesk& desk_;
  std::function<void(std::function<void()>)> post_;
  std::int64_t started_ns_;
  std::vector<std::unique_ptr<Subscription>> subscriptions_;
};

}  // namespace jetkeep
