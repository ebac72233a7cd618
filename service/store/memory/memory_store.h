// MemoryStore: a Store in memory that remembers what a disk would still hold after a stop of the
// machine. For tests, and as the plainest example of a store. Thread-safety: as Store says.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "jetkeep/mutex.h"
#include "jetkeep/store.h"

namespace jetkeep {

class MemoryStore : public Store {
 public:
  // locks: whether TryLock tells anything, as on a disk.
  explicit MemoryStore(bool locks = true) : locks_(locks) {}

  // Stops the machine: names that were not flushed are gone, the bytes of volatile objects, all
  // locks, and what writers that are alive do from now on has no effect. What they were writing is
  // left unfinished. With keep_unflushed, everything was flushed in time.
  void Crash(bool keep_unflushed = false);

  // The keys of the objects, and of the unfinished ones with `.tmp` behind them.
  std::vector<std::string> Keys() const;
  std::string Get(const std::string& key) const;  // empty: it is not there
  // For tests that damage objects. On stable storage at once.
  void Set(const std::string& key, std::string bytes);
  void Erase(const std::string& key);
  // Makes something of the key that is no object, such as a symbolic link.
  void SetKind(const std::string& key, EntryKind kind);

  Result<std::unique_ptr<ObjectWriter>> Create(const std::string& key) override;
  Result<std::unique_ptr<ObjectReader>> Open(const std::string& key,
                                             std::optional<std::uint64_t> known_size = {}) override;
  Result<bool> Exists(const std::string& key) override;
  Status List(const std::string& prefix, const ListOptions& options,
              const StoreVisitor& visit) override;
  Status RemoveAll(std::span<const std::string> keys) override;
  Result<bool> RemoveUnfinished(const std::string& key, const std::string& upload,
                                WhoseUnfinished whose) override;
  Status Flush(const std::string& prefix) override;
  bool Tidy(const std::string& prefix) override;
  bool locks() const override { return locks_; }
  Result<LockAttempt> TryLock(const std::string& key, LockKind kind) override;

 private:
  bool LeadsThroughLink(const std::string& key) const JETKEEP_REQUIRES(mutex_);

  friend class MemoryWriter;
  friend class MemoryLock;
  struct Object {
    EntryKind kind = EntryKind::kObject;
    std::shared_ptr<const std::string> bytes = std::make_shared<const std::string>();
    bool durable = true;  // the bytes
    int shared_locks = 0;
    bool exclusive_lock = false;
  };
  struct Unfinished {
    std::string key;
    bool writer_lives = false;
  };
  using Objects = std::map<std::string, std::shared_ptr<Object>>;

  const bool locks_;
  mutable Mutex mutex_;
  Objects now_ JETKEEP_GUARDED_BY(mutex_);                                   // as processes see it
  Objects durable_ JETKEEP_GUARDED_BY(mutex_);                               // as a crash leaves it
  std::map<std::string, Unfinished> unfinished_ JETKEEP_GUARDED_BY(mutex_);  // by upload
  std::uint64_t uploads_ JETKEEP_GUARDED_BY(mutex_) = 0;
  std::uint64_t life_ JETKEEP_GUARDED_BY(mutex_) = 0;  // how many crashes there were
};

}  // namespace jetkeep
