// ListenerOfAccounts: passes on what happens to the jobs of some accounts. Thread-safety: as
// JobListener.
#pragma once

#include <set>
#include <string>
#include <utility>

#include "service/jobs/job_listener.h"

namespace jetkeep {

class ListenerOfAccounts : public JobListener {
 public:
  // `to` outlives this.
  ListenerOfAccounts(std::set<std::string> accounts, JobListener& to)
      : accounts_(std::move(accounts)), to_(to) {}

  void OnChange(const JobStatus& job, const JobChange& change) override {
    if (accounts_.contains(job.account)) to_.OnChange(job, change);
  }

 private:
  const std::set<std::string> accounts_;
  JobListener& to_;
};

}  // namespace jetkeep
