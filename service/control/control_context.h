// What the endpoints share. All of it belongs to the loop's thread, except where its class says
// more. The context outlives all tasks of its workers.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "jetkeep/cancel.h"
#include "jetkeep/clock.h"
#include "protocol/control/subjects.h"
#include "service/control/capture_watch.h"
#include "service/control/event_publisher.h"
#include "service/control/peer_watch.h"
#include "service/control/request_desk.h"
#include "service/jobs/job_history.h"
#include "service/jobs/job_manager.h"
#include "service/jobs/served_accounts.h"
#include "service/loop/alive.h"
#include "service/loop/delayed_tasks.h"
#include "service/loop/event_loop.h"
#include "service/work/thread_pool.h"

namespace jetkeep {

struct ControlContext {
  EventLoop& loop;
  const WallClock& clock;
  const Subjects& subjects;
  JobManager& jobs;
  const ServedAccounts& accounts;  // that clients may ask for; the first is the connection's own
  const bool sees_all;             // and these are all that there are
  EventPublisher& events;
  RequestDesk& desk;
  CaptureWatch& captures;
  PeerWatch& peers;
  ThreadPool& workers;   // for what waits for a disk or a server
  ThreadPool& planners;  // for dry runs, each of which reads a whole backup
  CancelToken& stop;     // of what a worker does and nobody else can end
  DelayedTasks& delayed;
  // How long an instance that does not know a job waits for another one to answer.
  const std::chrono::milliseconds not_found_delay;
  const Alive& alive;
  const std::function<std::size_t()> max_body;  // what fits into one answer; any thread
};

}  // namespace jetkeep
