// CaptureWatch: finds streams that capture the control subjects. JetStream then acknowledges
// requests before Jetkeep answers them, and clients that take the first answer take that one.
//
// Asks the server at every new connection, now and then, and before `backup.status` is answered.
// What it finds is logged when it changes. Thread-safety: belongs to the loop's thread; the server
// is asked on a thread of its own.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"
#include "protocol/control/subjects.h"
#include "service/control/standing_warnings.h"
#include "service/loop/alive.h"
#include "service/loop/event_loop.h"
#include "service/loop/timer.h"
#include "service/nats/connection.h"
#include "service/work/thread_pool.h"

namespace jetkeep {

class CaptureWatch {
 public:
  // Without `streams` nothing is asked and nothing found. All must outlive the watch.
  CaptureWatch(EventLoop& loop, Connection& connection, JetStream* streams, Subjects subjects);
  ~CaptureWatch();
  CaptureWatch(const CaptureWatch&) = delete;
  CaptureWatch& operator=(const CaptureWatch&) = delete;

  void Start();

  // Calls `use` with what is known: at once if that is a few seconds old at most, else when the
  // server has answered, or has not for a second or two.
  using Warnings = std::vector<std::string>;
  using Use = std::function<void(const Warnings& warnings)>;
  void WithWarnings(Use use);

 private:
  // The control subjects that each stream captures.
  using Captures = std::map<std::string, std::vector<std::string>>;

  void OnTick();
  void Check();
  Result<Captures> AskServer() const;  // on the worker
  void OnResult(const Result<Captures>& result);
  void AnswerWaiting();
  bool Fresh(std::chrono::seconds age) const;
  std::string Describe(const std::string& stream, const std::vector<std::string>& captured) const;

  EventLoop& loop_;
  Connection& connection_;
  JetStream* const streams_;
  const Subjects subjects_;
  StandingWarnings warnings_{"no stream captures the control subjects"};
  std::vector<Use> waiting_;
  bool asking_ = false;
  int ticks_waited_ = 0;
  std::uint64_t generation_ = 0;  // of the connection that was asked last
  std::chrono::steady_clock::time_point checked_;
  std::unique_ptr<Timer> ticks_;
  std::atomic<bool> stopping_{false};
  Alive alive_;
  ThreadPool worker_{1, NatsThreadHook()};  // last: joined before anything above goes
};

}  // namespace jetkeep
