#include "service/repository/restore_mark.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <string_view>
#include <thread>
#include <utility>

#include "protocol/repository/layout.h"
#include "service/store/objects.h"

namespace jetkeep {
namespace {

Result<RestoreRecord> ReadRecord(Store& store, const std::string& id) {
  JETKEEP_ASSIGN(const auto file, store.Open(RestorePath(id)));
  if (!file) return Fail(Errc::kStorageError, "the record is gone");
  // One byte more than allowed: the parser refuses it.
  JETKEEP_ASSIGN(const std::string bytes, ReadFront(*file, kMaxRestoreRecordBytes + 1));
  return ParseRestoreRecord(id, bytes);
}

// The ids of the restores that have a record, oldest first.
Result<std::vector<std::string>> ListMarks(Store& store) {
  std::vector<std::string> ids;
  JETKEEP_TRY(store.List("", {}, [&](const StoreEntry& entry) -> Status {
    auto id = ParseRestoreFile(entry.name);
    if (id && entry.kind == EntryKind::kObject) ids.push_back(*std::move(id));
    return {};
  }));
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::set<std::string_view> StreamsOf(const RestoreRecord& record) {
  if (record.members.empty()) return {record.stream};
  std::set<std::string_view> streams;
  for (const SentMember& member : record.members) streams.insert(member.stream);
  return streams;
}

// A stream that both restore on the same server, as far as the records tell; empty: none.
std::string SameStream(const RestoreRecord& a, const RestoreRecord& b) {
  const bool same_server =
      a.cluster == b.cluster && (!a.cluster.empty() || a.server_name == b.server_name);
  if (a.account != b.account || !same_server) return {};
  const std::set<std::string_view> streams = StreamsOf(a);
  for (const std::string_view stream : StreamsOf(b)) {
    if (streams.contains(stream)) return std::string(stream);
  }
  return {};
}

constexpr std::chrono::milliseconds kOthersPoll{50};
constexpr std::chrono::seconds kOthersYield{2};

}  // namespace

RestoreMark::RestoreMark(RestoreMarks& marks, RestoreRecord record,
                         std::unique_ptr<ObjectLock> lock, std::unique_ptr<Lease> lease)
    : marks_(marks), record_(std::move(record)), lock_(std::move(lock)), lease_(std::move(lease)) {
  const MutexLock guard(marks_.mutex_);
  marks_.own_.insert(record_.id);
}

RestoreMark::~RestoreMark() {
  lease_.reset();
  lock_.reset();
  const MutexLock guard(marks_.mutex_);
  marks_.own_.erase(record_.id);
}

Status RestoreMark::Remove() {
  JETKEEP_TRY(lease_->Check());
  JETKEEP_TRY(marks_.store_.Remove(RestorePath(record_.id)));
  // If the removal is lost with the power, the record is found again and judged again: no harm.
  static_cast<void>(lease_->Erase());
  lock_.reset();
  return {};
}

Status RestoreMark::RemoveDurably() {
  JETKEEP_TRY(Remove());
  return marks_.store_.Flush("");
}

Result<std::unique_ptr<RestoreMark>> RestoreMarks::Write(const RestoreRecord& record) {
  JETKEEP_ASSIGN(const std::string bytes, EncodeRestoreRecord(record));
  // Nobody would read it: it would stay for good, and keep no other restore of the stream away.
  if (bytes.size() > kMaxRestoreRecordBytes) {
    return Fail(Errc::kStorageError, "the record of the restore has " +
                                         std::to_string(bytes.size()) + " bytes, more than " +
                                         std::to_string(kMaxRestoreRecordBytes));
  }
  const std::string path = RestorePath(record.id);
  JETKEEP_ASSIGN(const auto writer, store_.Create(path));
  JETKEEP_TRY(writer->Append(bytes));
  // Locked before anybody sees it.
  JETKEEP_ASSIGN(auto lock, writer->Lock());
  JETKEEP_TRY(writer->Commit(Durability::kDurable));
  JETKEEP_TRY(store_.Flush(""));
  // A lease without a record is nobody's, so it comes last.
  JETKEEP_ASSIGN(auto lease, leases_.AcquireNew(RestoreLeaseKey(record.id)));
  if (!lease) return Fail(Errc::kStorageError, path + " was taken by a clean-up");
  return std::make_unique<RestoreMark>(*this, record, std::move(lock), std::move(lease));
}

Result<std::unique_ptr<RestoreMark>> RestoreMarks::Add(const RestoreRecord& record) {
  auto mark = Write(record);
  if (!mark) {
    static_cast<void>(store_.Remove(RestorePath(record.id)));
    return mark;
  }
  // The record that it replaces holds its streams already.
  if (Replaces(record)) return mark;
  if (Status first = AwaitOthers(record); !first) {
    static_cast<void>((*mark)->Remove());
    return Fail(std::move(first).error());
  }
  return mark;
}

bool RestoreMarks::Replaces(const RestoreRecord& record) {
  const MutexLock lock(mutex_);
  return !record.replaces.empty() && own_.contains(record.replaces);
}

// Of two that look after they have written, at least one sees the other. The lower id has the way,
// but for one that had looked before the lower one came.
Status RestoreMarks::AwaitOthers(const RestoreRecord& record) {
  const auto give_up = std::chrono::steady_clock::now() + kOthersYield;
  for (;;) {
    JETKEEP_ASSIGN(const std::vector<Other> others, OthersAlive(record));
    if (others.empty()) return {};
    if (others.front().id < record.id || std::chrono::steady_clock::now() >= give_up) {
      return Fail(Errc::kStreamExists,
                  "another process on this repository is restoring stream " + others.front().stream,
                  "Nothing was sent. Look at the stream when that restore has ended.");
    }
    std::this_thread::sleep_for(kOthersPoll);
  }
}

Result<bool> RestoreMarks::Has(const std::string& restore_id) {
  return store_.Exists(RestorePath(restore_id));
}

Result<std::vector<RestoreMarks::Other>> RestoreMarks::OthersAlive(const RestoreRecord& record) {
  std::vector<Other> alive;
  JETKEEP_ASSIGN(const auto marks, ListMarks(store_));
  for (const std::string& id : marks) {
    {
      const MutexLock lock(mutex_);
      if (own_.contains(id)) continue;
    }
    const auto other = ReadRecord(store_, id);
    if (!other) continue;
    std::string stream = SameStream(*other, record);
    if (stream.empty()) continue;
    const auto attempt = store_.TryLock(RestorePath(id), LockKind::kShared);
    if (attempt && attempt->absent) continue;
    const bool ended = attempt && attempt->lock && store_.locks();
    if (!ended) alive.push_back({id, std::move(stream)});
  }
  return alive;
}

void RestoreMarks::Consider(const std::string& restore_id, const WantedRestore& wanted,
                            OrphanedRestores& found) {
  const std::string path = RestorePath(restore_id);
  const std::string key = RestoreLeaseKey(restore_id);
  const auto warn = [&](const Error& error) {
    // Removed since the listing: its restore has ended.
    const auto exists = store_.Exists(path);
    if (!exists || *exists) found.warnings.push_back(path + ": " + error.message);
  };
  const auto record = ReadRecord(store_, restore_id);
  if (!record) return warn(record.error());
  if (!wanted(*record)) return;
  auto attempt = store_.TryLock(path, LockKind::kExclusive);
  if (!attempt) return warn(attempt.error());
  if (attempt->absent) return;
  const bool free = attempt->lock && store_.locks();
  const auto looked = std::chrono::steady_clock::now();
  const auto watch = leases_.Watch(key);
  if (!watch) return warn(watch.error());
  // The lock tells of the restore's own process only: whoever took the lease over from a process
  // that stands still has none. Without a lease the record is just being made, or of jetkeep 0.1.
  Result<std::unique_ptr<Lease>> lease;
  if (free && watch->sight.generation <= 1) {
    lease = leases_.TakeOver(key);
  } else if (!watch->sight.free() || (!store_.locks() && watch->still >= leases_.ttl())) {
    lease = leases_.TryAcquire(key);
  }
  if (!lease) return warn(lease.error());
  if (!*lease) {
    found.held.push_back(
        {*record, watch->sight.generation > 1, watch->stirred, looked - watch->still});
    return;
  }
  // Whoever had it may have ended it just now.
  const auto exists = store_.Exists(path);
  if (exists && !*exists) {
    static_cast<void>((*lease)->Erase());
    return;
  }
  found.marks.push_back(
      std::make_unique<RestoreMark>(*this, *record, std::move(attempt->lock), std::move(*lease)));
}

Result<OrphanedRestores> RestoreMarks::TakeOrphaned(const WantedRestore& wanted) {
  OrphanedRestores found;
  JETKEEP_ASSIGN(const auto marks, ListMarks(store_));
  for (const std::string& id : marks) {
    {
      const MutexLock lock(mutex_);
      if (own_.contains(id)) continue;
    }
    Consider(id, wanted, found);
  }
  return found;
}

Result<std::uint64_t> RestoreMarks::RemoveLeasesWithoutRecord() {
  // Leases are listed first: whoever has one made its record before.
  JETKEEP_ASSIGN(const auto entries, ListAll(store_, ""));
  JETKEEP_ASSIGN(const auto marks, ListMarks(store_));
  std::vector<std::string> gone;
  for (const StoreEntry& entry : entries) {
    const auto lease = ParseLeaseFile(entry.name);
    const std::string id = lease ? RestoreIdOfLease(lease->key) : std::string();
    if (!id.empty() && !std::binary_search(marks.begin(), marks.end(), id)) {
      gone.push_back(entry.name);
    }
  }
  JETKEEP_TRY(store_.RemoveAll(gone));
  return gone.size();
}

}  // namespace jetkeep
