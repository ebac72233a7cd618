// Leases: who may act on something that several processes share, as long as the holder shows that
// it lives. For what a file lock cannot do: a stopped process keeps its locks, and wakes up later.
//
// A lease has a key, a holder and a generation. The holder renews it. Whoever wants it watches: a
// lease without a renewal for its time to live, by the watcher's own monotonic clock, may be taken
// over with the next generation; no host's wall clock counts. A holder calls Check before every
// write and delete, and so notices a later generation before it acts. What remains is the time
// between a Check and the action behind it.
//
// Everything is said by keys that are created or not (FORMAT.md, "Leases"), so any Store will do.
// A renewal also tells the watcher: it renews, then looks for a successor; a watcher
// claims the next generation, then looks for a renewal. One of them sees the other.
//
// Thread-safety: all members may be called from any thread. The store outlives them.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "jetkeep/error.h"
#include "jetkeep/mutex.h"
#include "jetkeep/store.h"
#include "protocol/repository/layout.h"
#include "service/store/lease_renewer.h"

namespace jetkeep {

using MonotonicClock = std::function<std::chrono::steady_clock::time_point()>;

struct LeaseOptions {
  std::chrono::milliseconds ttl{10'000};
  // Renews in the background, four times within the time to live. One thread does it for all leases
  // of a Leases.
  bool renews_itself = true;
  MonotonicClock clock = [] { return std::chrono::steady_clock::now(); };
};

// Who holds leases here: different for every process, host and start.
const std::string& LeaseHolder();

class Lease {
 public:
  // Private to Leases.
  Lease(Store& store, std::string key, std::uint64_t generation, const LeaseOptions& options,
        std::shared_ptr<LeaseRenewer> renewer);
  ~Lease();  // without Release or Erase: others wait for the time to live
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  const std::string& key() const { return key_; }
  std::uint64_t generation() const { return generation_; }
  // kLeaseLost if another holder has it, or may have it because it could not be renewed in time.
  // Once lost, always lost.
  Status Check();
  Status Renew();
  // Gives it up: others get it at once, with the next generation.
  Status Release();
  // The same, and forgets the key. Only for keys that are never used again: generations begin anew.
  Status Erase();

 private:
  friend class LeaseRenewer;
  void RenewInBackground();
  std::string PathOf(const LeaseFileParts& parts) const;
  Status CheckLocked() JETKEEP_REQUIRES(mutex_);
  Status RenewLocked() JETKEEP_REQUIRES(mutex_);
  Status Lost(const std::string& why) JETKEEP_REQUIRES(mutex_);
  void StopRenewing();

  Store& store_;
  const std::string key_;
  const std::uint64_t generation_;
  const LeaseOptions options_;
  Mutex mutex_;
  bool lost_ JETKEEP_GUARDED_BY(mutex_) = false;
  std::string lost_why_ JETKEEP_GUARDED_BY(mutex_);
  std::uint64_t beat_ JETKEEP_GUARDED_BY(mutex_) = 0;
  std::chrono::steady_clock::time_point renewed_ JETKEEP_GUARDED_BY(mutex_);
  const std::shared_ptr<LeaseRenewer> renewer_;  // null: no renewal in the background
};

// What is known of a lease.
struct LeaseSight {
  std::uint64_t generation = 0;  // 0: never held, or erased
  std::uint64_t beat = 0;        // counts the renewals
  bool released = false;
  bool operator==(const LeaseSight&) const = default;
  bool free() const { return generation == 0 || released; }
};

struct LeaseWatch {
  LeaseSight sight;
  std::chrono::milliseconds still{0};  // since when it looks like this
  bool stirred = false;                // its holder has renewed it since it was first seen
};

class Leases {
 public:
  explicit Leases(Store& store, LeaseOptions options = {});

  // Empty: another holds it, or may. Ask again: what this object saw is remembered, and a
  // lease that stood still for its time to live is taken over. `key`: its last part as layout.h
  // says; the prefix in front of it is where the lease is kept.
  Result<std::unique_ptr<Lease>> TryAcquire(const std::string& key);
  // For a key that nobody else ever asks for first, such as one with a random id of one's own:
  // takes one round trip and needs no flush. Empty: another has it.
  Result<std::unique_ptr<Lease>> AcquireNew(const std::string& key);
  // For a caller who knows by other means that the holder has ended. Empty: another was faster.
  Result<std::unique_ptr<Lease>> TakeOver(const std::string& key);
  // Looks now, and returns what this object knows, earlier looks included.
  Result<LeaseWatch> Watch(const std::string& key);
  Result<LeaseSight> Look(const std::string& key);
  std::chrono::milliseconds ttl() const { return options_.ttl; }

 private:
  struct Watched {
    LeaseSight sight;
    std::chrono::steady_clock::time_point since;
    std::chrono::steady_clock::time_point looked;
    bool stirred = false;
  };
  Watched Note(const std::string& key, const LeaseSight& sight);
  Result<std::unique_ptr<Lease>> Claim(const std::string& key, const LeaseSight& seen);

  Store& store_;
  const LeaseOptions options_;
  const std::shared_ptr<LeaseRenewer> renewer_;
  Mutex mutex_;
  std::map<std::string, Watched> watched_ JETKEEP_GUARDED_BY(mutex_);
};

}  // namespace jetkeep
