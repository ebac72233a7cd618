// The suite on each store, and on each layer in front of one.
#include "tests/unit/service/store/suite.h"

#include <cstdlib>
#include <filesystem>
#include <map>

#include "service/store/layers/fault_store.h"
#include "service/store/layers/leased_store.h"
#include "service/store/layers/retry_store.h"
#include "service/store/layers/throttle_store.h"
#include "service/store/memory/memory_store.h"
#include "service/store/posix/posix_store.h"

namespace jetkeep {
namespace {

class OnDisk {
 public:
  OnDisk() {
    std::string name = (std::filesystem::temp_directory_path() / "jetkeep_suite_XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    root_ = name;
    store_ = Other();
  }
  ~OnDisk() { std::filesystem::remove_all(root_); }
  OnDisk(const OnDisk&) = delete;
  OnDisk& operator=(const OnDisk&) = delete;
  Store& store() { return *store_; }
  std::unique_ptr<Store> Other() { return *PosixStore::Open(root_, false); }

 private:
  std::string root_;
  std::unique_ptr<Store> store_;
};

template <bool kLocks>
class InMemory {
 public:
  Store& store() { return store_; }
  std::unique_ptr<Store> Other() { return std::make_unique<ForwardingStore>(store_); }

 private:
  MemoryStore store_{kLocks};
};

// A layer that adds nothing here must take nothing away.
template <typename Inner, typename Layer>
class Behind {
 public:
  Store& store() { return layer_; }
  std::unique_ptr<Store> Other() { return inner_.Other(); }

 private:
  Inner inner_;
  Layer layer_{inner_.store()};
};

class PlainRetry : public RetryStore {
 public:
  explicit PlainRetry(Store& inner) : RetryStore(inner, {}) {}
};
class Throttle : public ThrottleStore {
 public:
  explicit Throttle(Store& inner)
      : ThrottleStore(inner, {.bytes_per_second = 100'000'000, .wait_until = {}}) {}
};
// Its lease lies elsewhere, so that it is not in the listings.
struct LeaseElsewhere {
  MemoryStore store;
  Leases leases{store};
  std::unique_ptr<Lease> lease = *leases.AcquireNew("k");
};
class WithLease : private LeaseElsewhere, public LeasedStore {
 public:
  explicit WithLease(Store& inner) : LeasedStore(inner, *lease) {}
};

// Every second operation fails: before it takes effect, or after.
template <bool kAfter>
class EverySecondFails : public FaultStore {
 public:
  explicit EverySecondFails(Store& inner) : FaultStore(inner) {
    SetFault([this](Operation operation, const std::string& key,
                    std::uint64_t) -> std::optional<Injected> {
      // Those cannot be repeated.
      if (operation == Operation::kAppend || operation == Operation::kDiscard ||
          operation == Operation::kTidy || operation == Operation::kCreate ||
          operation == Operation::kFlush || ++counts_[{operation, key}] % 2 == 0) {
        return std::nullopt;
      }
      return Injected({Errc::kStorageError, "it passes", "", 0}, kAfter);
    });
  }

 private:
  std::map<std::pair<Operation, std::string>, int> counts_;
};
class QuickRetry : public RetryStore {
 public:
  explicit QuickRetry(Store& inner)
      : RetryStore(inner,
                   {.backoff = {std::chrono::milliseconds(1), std::chrono::milliseconds(1), 20},
                    .wait = [](std::chrono::milliseconds) {}}) {}
};

using Makers = testing::Types<OnDisk, InMemory<true>, InMemory<false>, Behind<OnDisk, FaultStore>,
                              Behind<InMemory<true>, FaultStore>, Behind<OnDisk, PlainRetry>,
                              Behind<InMemory<false>, PlainRetry>, Behind<OnDisk, Throttle>,
                              Behind<InMemory<true>, Throttle>, Behind<OnDisk, WithLease>,
                              Behind<InMemory<false>, WithLease>,
                              Behind<Behind<OnDisk, EverySecondFails<false>>, QuickRetry>,
                              Behind<Behind<InMemory<true>, EverySecondFails<true>>, QuickRetry>,
                              Behind<Behind<OnDisk, EverySecondFails<true>>, QuickRetry>>;
INSTANTIATE_TYPED_TEST_SUITE_P(Each, StoreSuite, Makers);

}  // namespace
}  // namespace jetkeep
