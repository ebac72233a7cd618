// FaultStore: a layer that makes operations fail, before or after they took effect, and counts
// them. For tests. Thread-safety: as Store says; the fault is called with a lock held, so one at a
// time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "jetkeep/mutex.h"
#include "service/store/layers/forwarding_store.h"

namespace jetkeep {

enum class Operation : std::uint8_t {
  kCreate,
  kAppend,
  kCommit,
  kDiscard,  // a writer that was not committed goes; where it fails, what it wrote stays unfinished
  kOpen,
  kRead,
  kExists,
  kList,
  kRemove,
  kFlush,
  kTidy,
  kLock
};

struct Injected {
  Injected(Error e, bool late = false) : error(std::move(e)), after(late) {}  // NOLINT: implicit
  Error error;
  bool after;  // it took effect all the same
};

class FaultStore : public ForwardingStore {
 public:
  // Called before each operation, with its number among those that change something (from 1; 0 for
  // others).
  using Fault = std::function<std::optional<Injected>(Operation, const std::string& key,
                                                      std::uint64_t number)>;

  explicit FaultStore(Store& inner) : ForwardingStore(inner) {}

  void SetFault(Fault fault);
  // How many operations that change something were asked for, and all others.
  std::uint64_t mutations() const;
  std::uint64_t reads() const;
  // Lets go of what failing operations kept from being discarded. After a crash of the inner store.
  void Forget();

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
  Result<LockAttempt> TryLock(const std::string& key, LockKind kind) override;

 private:
  friend class FaultWriter;
  friend class FaultReader;

  std::optional<Injected> Ask(Operation operation, const std::string& key);
  // Runs the operation, unless a fault comes before it.
  template <typename F>
  auto Run(Operation operation, const std::string& key, F&& f) -> decltype(f()) {
    auto injected = Ask(operation, key);
    if (injected && !injected->after) return Fail(std::move(injected->error));
    auto result = f();
    if (injected) return Fail(std::move(injected->error));
    return result;
  }

  mutable Mutex mutex_;
  Fault fault_ JETKEEP_GUARDED_BY(mutex_);
  std::uint64_t mutations_ JETKEEP_GUARDED_BY(mutex_) = 0;
  std::uint64_t reads_ JETKEEP_GUARDED_BY(mutex_) = 0;
  std::vector<std::unique_ptr<ObjectWriter>> undiscarded_ JETKEEP_GUARDED_BY(mutex_);
};

}  // namespace jetkeep
