// PeerWatch: finds the other instances that answer on the same subjects, and warns of those that
// keep their backups elsewhere: a request then reaches one repository or the other.
//
// Asks $SRV.PING at every new connection and now and then. Thread-safety: belongs to the loop's
// thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "protocol/control/document.h"
#include "protocol/control/service_api.h"
#include "service/control/standing_warnings.h"
#include "service/loop/alive.h"
#include "service/loop/event_loop.h"
#include "service/loop/timer.h"
#include "service/nats/connection.h"

namespace jetkeep {

class PeerWatch {
 public:
  // `self`: as Discovery answers for this instance. Loop and connection must outlive the watch.
  PeerWatch(EventLoop& loop, Connection& connection, ServiceIdentity self,
            std::chrono::milliseconds interval);
  PeerWatch(const PeerWatch&) = delete;
  PeerWatch& operator=(const PeerWatch&) = delete;

  void Start();
  const std::vector<std::string>& warnings() const { return warnings_.now(); }

 private:
  void OnTick();
  void Ask();
  void OnAnswers();
  // What to warn of the instance that answered so; empty: nothing.
  std::string Judge(const Document& answer) const;

  EventLoop& loop_;
  Connection& connection_;
  const ServiceIdentity self_;
  const std::chrono::milliseconds interval_;
  StandingWarnings warnings_{"every instance on these subjects uses the same repository"};
  std::vector<Document> answers_;
  std::uint64_t generation_ = 0;  // of the connection that was asked last
  std::uint64_t denial_mark_ = 0;
  int ticks_since_ = 0;
  bool asking_ = false;
  bool denied_ = false;  // on this connection
  std::unique_ptr<Timer> ticks_;
  Alive alive_;
  std::unique_ptr<Subscription> inbox_;  // last: ended before anything above goes
};

}  // namespace jetkeep
