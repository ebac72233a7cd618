// JobFollower: starts jobs at the service and follows them to their end.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "protocol/control/document.h"
#include "protocol/control/subjects.h"
#include "service/cli/control_client.h"
#include "service/cli/follow/event_inbox.h"
#include "service/cli/follow/job_run.h"
#include "service/cli/render/progress.h"

namespace jetkeep {

// Survives what passes: events that were lost, a connection that comes and goes, a service that is
// restarted. A service that no longer knows a backup or verify job is asked again with the same job
// id; a restore is not, because what its first half left must be looked at. Thread-safety: one
// thread.
class JobFollower {
 public:
  // How many interrupts (Ctrl-C) have come; the first cancels all jobs.
  using Interrupts = std::function<int()>;
  JobFollower(ControlClient& client, ProgressView& view, Interrupts interrupts);
  ~JobFollower();

  // Subscribes to the events, then asks. `request` has no job id yet; a new one is made if `job` is
  // empty. A refusal ends the run with the service's error; the run is valid as long as the
  // follower.
  JobRun& Start(EndpointId endpoint, JobKind kind, const std::string& stream, std::string job,
                Document request);
  // Returns when every run has ended.
  void FollowAll();
  // Whether an interrupt made us cancel.
  bool cancelled() const { return cancelled_; }

 private:
  struct Followed;

  void HandleEvents(std::chrono::milliseconds wait);
  void CheckSilentJobs();
  void AskStatus(Followed& followed);
  void FetchResult(Followed& followed);
  void AskAgain(Followed& followed);
  void Absent(Followed& followed, const Error& reason);
  void CancelAll();
  void Draw();

  ControlClient& client_;
  ProgressView& view_;
  Interrupts interrupts_;
  std::shared_ptr<EventInbox> inbox_;
  std::vector<std::unique_ptr<Followed>> jobs_;
  bool cancelled_ = false;
};

// Of the ids that the command line gives to its jobs: more than 128 random bits.
inline constexpr std::size_t kJobIdLength = 22;

}  // namespace jetkeep
