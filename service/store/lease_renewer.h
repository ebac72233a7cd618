// LeaseRenewer: renews the leases of a process in the background, on one thread that is started
// with the first of them. Thread-safety: all members may be called from any thread, but not with a
// lock held that a renewal needs. Ownership: a lease removes itself before it ends.
#pragma once

#include <chrono>
#include <set>
#include <thread>

#include "jetkeep/mutex.h"

namespace jetkeep {

class Lease;

class LeaseRenewer {
 public:
  explicit LeaseRenewer(std::chrono::milliseconds every) : every_(every) {}
  ~LeaseRenewer();
  LeaseRenewer(const LeaseRenewer&) = delete;
  LeaseRenewer& operator=(const LeaseRenewer&) = delete;

  void Add(Lease& lease);
  // The lease is not being renewed when this returns, and never will be.
  void Remove(Lease& lease);

 private:
  void Run();

  const std::chrono::milliseconds every_;
  Mutex mutex_;
  Condition changed_;
  std::set<Lease*> leases_ JETKEEP_GUARDED_BY(mutex_);
  bool stop_ JETKEEP_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // started, with the mutex held, by the first Add
};

}  // namespace jetkeep
