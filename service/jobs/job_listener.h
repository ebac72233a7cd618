// JobListener: is called for every change of every job. Events over NATS and the job history are
// listeners; so are metrics and hooks.
#pragma once

#include <cstdint>
#include <string>

#include "jetkeep/error.h"
#include "jetkeep/job.h"
#include "service/jobs/job_kind.h"

namespace jetkeep {

// What happened to a job. The pointers are valid during the call.
struct JobChange {
  EventKind kind = EventKind::kQueued;
  std::string id;  // of this change, unique
  std::int64_t time_ns = 0;
  int attempt = 0;                    // kRetrying: the one that failed
  double delay_seconds = 0;           // kRetrying: until the next one
  double duration_seconds = 0;        // kCompleted, kFailed, kCancelled
  const Error* error = nullptr;       // kRetrying, kFailed, kCancelled
  const JobReport* report = nullptr;  // kCompleted, and kFailed if a part was done
};

// Thread-safety: called on the loop's thread; must not block, and must not call the manager.
class JobListener {
 public:
  virtual ~JobListener() = default;
  // `job` is its status after the change.
  virtual void OnChange(const JobStatus& job, const JobChange& change) = 0;
};

}  // namespace jetkeep
