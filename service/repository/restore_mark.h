// RestoreMark: the record of a restore under way. It is written, locked and durable before
// the server hears of the restore, and removed when nothing half-made can be left. Beside it goes a
// lease, so that a process that was stopped, and still has its lock, does not act beside another
// that took the mark over.
//
// Thread-safety: a mark's Check may be called from any thread, the rest from one at a time;
// RestoreMarks from any thread. Ownership: the store outlives both, RestoreMarks its marks.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "jetkeep/mutex.h"
#include "jetkeep/store.h"
#include "protocol/repository/restore_record.h"
#include "service/store/lease.h"

namespace jetkeep {

class RestoreMarks;

class RestoreMark {
 public:
  RestoreMark(RestoreMarks& marks, RestoreRecord record, std::unique_ptr<ObjectLock> lock,
              std::unique_ptr<Lease> lease);
  ~RestoreMark();  // without Remove it only unlocks: the next clean-up takes it
  RestoreMark(const RestoreMark&) = delete;
  RestoreMark& operator=(const RestoreMark&) = delete;

  const RestoreRecord& record() const { return record_; }
  // kLeaseLost once another process has taken the mark over. Before every write and delete on the
  // server.
  Status Check() { return lease_->Check(); }
  Status Remove();
  // Not found again after a stop of the machine.
  Status RemoveDurably();

 private:
  RestoreMarks& marks_;
  const RestoreRecord record_;
  std::unique_ptr<ObjectLock> lock_;  // empty: taken over from a process that stands still
  std::unique_ptr<Lease> lease_;
};

// A restore that another process is running.
struct HeldRestore {
  RestoreRecord record;
  bool cleaning = false;  // its own process has lost it; another one cleans up
  bool stirs = false;     // its holder was seen to live
  std::chrono::steady_clock::time_point stirred_at = {};  // when this process last saw it renew
};

struct OrphanedRestores {
  std::vector<std::unique_ptr<RestoreMark>> marks;  // oldest first; the caller's from now on
  std::vector<HeldRestore> held;                    // not those of this object's own marks
  std::vector<std::string> warnings;                // records that cannot be read; they stay
};

using WantedRestore = std::function<bool(const RestoreRecord&)>;

class RestoreMarks {
 public:
  explicit RestoreMarks(Store& store, LeaseOptions options = {})
      : store_(store), leases_(store, std::move(options)) {}

  // kStreamExists: another process restores the stream on the same server. A server that gets both
  // may lose the files of the one that it reports as restored. Nobody is waited for, and nobody has
  // the way, if the record replaces a living mark of this object: that one holds the streams.
  Result<std::unique_ptr<RestoreMark>> Add(const RestoreRecord& record);
  // Takes the marks whose process has ended (their lock is free) or stands still (their lease was
  // not renewed for its time to live while this object looked on: so call it again). Those that are
  // not `wanted` are left for others.
  Result<OrphanedRestores> TakeOrphaned(const WantedRestore& wanted);
  // Whether the record of that restore is there.
  Result<bool> Has(const std::string& restore_id);
  // How many there were.
  Result<std::uint64_t> RemoveLeasesWithoutRecord();

 private:
  friend class RestoreMark;
  Result<std::unique_ptr<RestoreMark>> Write(const RestoreRecord& record);
  Status AwaitOthers(const RestoreRecord& record);
  // Whether it takes the place of a mark that lives here.
  bool Replaces(const RestoreRecord& record);
  // Another process's restore, and a stream that both restore.
  struct Other {
    std::string id;
    std::string stream;
  };
  // Those of a stream of the record, the lowest id first.
  Result<std::vector<Other>> OthersAlive(const RestoreRecord& record);
  void Consider(const std::string& restore_id, const WantedRestore& wanted,
                OrphanedRestores& found);

  Store& store_;
  Leases leases_;
  Mutex mutex_;
  std::set<std::string> own_ JETKEEP_GUARDED_BY(mutex_);  // ids of marks that live
};

}  // namespace jetkeep
