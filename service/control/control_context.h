// What the handlers of requests share. All of it belongs to the loop's thread, except where its
// class says more.
#pragma once

#include <cstddef>
#include <functional>

#include "jetkeep/engine.h"
#include "protocol/control/subjects.h"
#include "service/control/alive.h"
#include "service/control/capture_watch.h"
#include "service/control/job_manager.h"
#include "service/control/request_desk.h"
#include "service/control/worker_threads.h"
#include "service/loop/event_loop.h"

namespace jetkeep {

struct ControlContext {
  EventLoop& loop;
  Engine& engine;
  const Subjects& subjects;
  JobManager& jobs;
  RequestDesk& desk;
  CaptureWatch& captures;
  WorkerThreads& workers;  // for what waits for a disk or a server
  const Alive& alive;
  std::function<std::size_t()> max_body;  // what fits into one answer; any thread
};

}  // namespace jetkeep
