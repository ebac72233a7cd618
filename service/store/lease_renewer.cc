#include "service/store/lease_renewer.h"

#include "service/store/lease.h"

namespace jetkeep {

LeaseRenewer::~LeaseRenewer() {
  {
    const MutexLock lock(mutex_);
    stop_ = true;
  }
  changed_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

void LeaseRenewer::Add(Lease& lease) {
  {
    const MutexLock lock(mutex_);
    leases_.insert(&lease);
    if (!thread_.joinable()) thread_ = std::thread([this] { Run(); });
    if (leases_.size() > 1) return;
  }
  changed_.NotifyAll();
}

void LeaseRenewer::Remove(Lease& lease) {
  const MutexLock lock(mutex_);
  leases_.erase(&lease);
}

void LeaseRenewer::Run() {
  MutexLock lock(mutex_);
  while (true) {
    changed_.Wait(lock, [this]() JETKEEP_REQUIRES(mutex_) { return stop_ || !leases_.empty(); });
    if (changed_.WaitFor(lock, every_, [this]() JETKEEP_REQUIRES(mutex_) { return stop_; })) return;
    for (Lease* lease : leases_) lease->RenewInBackground();
  }
}

}  // namespace jetkeep
