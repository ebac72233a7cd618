// LeasedStore: a layer that changes nothing unless its lease still holds: before every write and
// delete it checks, and fails with kLeaseLost. Reading needs no lease.
// Thread-safety: as Store says. Ownership: the lease outlives it.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "service/store/layers/forwarding_store.h"
#include "service/store/lease.h"

namespace jetkeep {

class LeasedStore : public ForwardingStore {
 public:
  LeasedStore(Store& inner, Lease& lease) : ForwardingStore(inner), lease_(lease) {}

  Result<std::unique_ptr<ObjectWriter>> Create(const std::string& key) override;
  Status RemoveAll(std::span<const std::string> keys) override;
  Result<bool> RemoveUnfinished(const std::string& key, const std::string& upload,
                                WhoseUnfinished whose) override;
  bool Tidy(const std::string& prefix) override;

 private:
  Lease& lease_;
};

}  // namespace jetkeep
