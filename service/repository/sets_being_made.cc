#include "service/repository/sets_being_made.h"

#include <chrono>
#include <set>
#include <thread>
#include <utility>

#include "protocol/repository/layout.h"
#include "protocol/repository/set_record.h"
#include "service/store/objects.h"

namespace jetkeep {
namespace {

constexpr std::chrono::milliseconds kBetweenLooks{100};

}  // namespace

Result<std::unique_ptr<Lease>> SetsBeingMade::Begin(const std::string& set_id) {
  JETKEEP_TRY(CheckSetId(set_id));
  JETKEEP_ASSIGN(auto lease, leases_.AcquireNew(set_id));
  if (!lease) return Fail(Errc::kJobConflict, "set " + set_id + " is being made already");
  return lease;
}

Status SetsBeingMade::CheckNone(bool only_look, const CancelToken& cancel) {
  JETKEEP_ASSIGN(const auto entries, ListAll(store_, ""));
  std::set<std::string> keys;
  for (const StoreEntry& entry : entries) {
    const auto lease = ParseLeaseFile(entry.name);
    if (lease && IsSetId(lease->key)) keys.insert(lease->key);
  }
  for (const std::string& key : keys) JETKEEP_TRY(CheckOne(key, only_look, cancel));
  return {};
}

Status SetsBeingMade::CheckOne(const std::string& key, bool only_look, const CancelToken& cancel) {
  while (true) {
    JETKEEP_ASSIGN(const LeaseWatch watch, leases_.Watch(key));
    if (watch.sight.generation == 0) return {};
    const bool still = watch.sight.free() || watch.still >= leases_.ttl();
    if (still && only_look) return {};
    // What was seen of it long ago says nothing of now.
    if (watch.stirred && !still) {
      return Fail(Errc::kBackupInUse,
                  "set " + key + " is being made, and may come to name any of the backups",
                  "Nothing was changed. Ask again when that job has ended.");
    }
    JETKEEP_ASSIGN(const auto lease, leases_.TryAcquire(key));
    if (lease) return lease->Erase();
    JETKEEP_TRY(cancel.Check());
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

}  // namespace jetkeep
