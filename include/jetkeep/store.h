// Store: where a repository keeps its objects, on a disk or elsewhere. An object appears whole or
// not at all and never changes; none is ever replaced.
//
// A key is like a relative path: parts between '/', none of them empty, "." or "..". A prefix is
// made of whole parts, without a '/' at its end; "" is the root. There are no folders to make: a
// prefix is there as long as an object is. Nothing here needs renames, folders or locks, so that a
// store of objects behind HTTP can do all of it.
//
// Errors: kObjectExists where a key is taken; kStorageFull if there is no room; kStorageError
// otherwise, the message naming the key and what the system said. Thread-safety: all members of
// Store may be called from any thread; a writer belongs to one thread at a time, a reader may be
// used by several. Ownership: the store outlives what it gives out.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep {

enum class Durability : std::uint8_t {
  kDurable,   // the bytes are on stable storage; with Flush of its prefix the name is, too
  kVolatile,  // for what means nothing after a stop of the machine
};

// Held until destroyed; it is released when the process dies.
class ObjectLock {
 public:
  virtual ~ObjectLock() = default;
};

// An object being written, from start to end. Not committed: nothing of it is there.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  virtual Status Append(std::string_view bytes) = 0;
  // The object that will be there is locked exclusively from before it can be seen. Only where
  // Store::locks() says so; elsewhere the lock locks nothing.
  virtual Result<std::unique_ptr<ObjectLock>> Lock() = 0;
  // The object is there from now on, for everybody. kObjectExists: another one was there before.
  // After any other error it is unknown whether it is there; then Commit may be called again.
  virtual Status Commit(Durability durability) = 0;
};

class ObjectReader {
 public:
  virtual ~ObjectReader() = default;
  virtual std::uint64_t size() const = 0;
  // Reads exactly size bytes at offset into out, or fails (an object that ends before is
  // kRepositoryCorrupt). One round trip.
  virtual Status ReadAt(std::uint64_t offset, std::size_t size, char* out) const = 0;
};

enum class EntryKind : std::uint8_t {
  kObject,
  kPrefix,        // something stands below that name
  kUnfinished,    // a writer left it, or is at it; only where asked for
  kSymbolicLink,  // nothing that a store makes, and never followed
  kOther
};

struct StoreEntry {
  std::string name;  // of the key, what is behind the prefix that was listed
  EntryKind kind = EntryKind::kObject;
  std::uint64_t size = 0;  // kObject, where asked for
  std::string upload;      // kUnfinished: distinguishes it from others of the same key
};

enum class Depth : std::uint8_t { kOne, kAll };

struct ListOptions {
  Depth depth = Depth::kOne;  // kAll: no kPrefix
  bool sizes = false;
  bool unfinished = false;
};

enum class WhoseUnfinished : std::uint8_t { kOfEndedWriters, kOfAnyWriter };

enum class LockKind : std::uint8_t {
  kExclusive,  // excludes all others
  kShared,     // excludes exclusive locks. Needs no right to write.
};

struct LockAttempt {
  std::unique_ptr<ObjectLock> lock;  // empty: another lock excludes this one, or:
  bool absent = false;               // there is no such object
};

using StoreVisitor = std::function<Status(StoreEntry)>;

class Store {
 public:
  virtual ~Store() = default;

  // Fails early with kObjectExists or only in Commit.
  virtual Result<std::unique_ptr<ObjectWriter>> Create(const std::string& key) = 0;
  // Null if there is no such object. known_size saves asking for it: an object of another size is
  // kRepositoryCorrupt, now or when it is read.
  virtual Result<std::unique_ptr<ObjectReader>> Open(
      const std::string& key, std::optional<std::uint64_t> known_size = {}) = 0;
  virtual Result<bool> Exists(const std::string& key) = 0;
  // Visits what is there, in any order; stops at the visitor's first error and returns it. A prefix
  // that is not there has no entries.
  virtual Status List(const std::string& prefix, const ListOptions& options,
                      const StoreVisitor& visit) = 0;
  // Absent ones are no error. After an error some may be removed.
  virtual Status RemoveAll(std::span<const std::string> keys) = 0;
  Status Remove(const std::string& key) { return RemoveAll({&key, 1}); }
  // Removes what a writer of the key left; absent is no error. False: it is left alone, as its
  // writer's process lives. Only where locks() says so can that be known.
  virtual Result<bool> RemoveUnfinished(const std::string& key, const std::string& upload,
                                        WhoseUnfinished whose) = 0;
  // What was committed and removed directly below the prefix survives a stop of the machine.
  virtual Status Flush(const std::string& prefix) = 0;
  // Whether nothing is left of the prefix; where a store has folders, an empty one goes.
  virtual bool Tidy(const std::string& prefix) = 0;

  // Whether TryLock distinguishes processes that live from those that died. Where it does not,
  // every lock is given, and only leases count.
  virtual bool locks() const = 0;
  virtual Result<LockAttempt> TryLock(const std::string& key, LockKind kind) = 0;
};

}  // namespace jetkeep
