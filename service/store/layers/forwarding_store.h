// ForwardingStore: a Store in front of another one. Layers change what concerns them.
// Thread-safety and errors: as those of the other, which outlives it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>

#include "jetkeep/store.h"

namespace jetkeep {

class ForwardingStore : public Store {
 public:
  explicit ForwardingStore(Store& inner) : inner_(inner) {}

  Result<std::unique_ptr<ObjectWriter>> Create(const std::string& key) override {
    return inner_.Create(key);
  }
  Result<std::unique_ptr<ObjectReader>> Open(
      const std::string& key, std::optional<std::uint64_t> known_size = {}) override {
    return inner_.Open(key, known_size);
  }
  Result<bool> Exists(const std::string& key) override { return inner_.Exists(key); }
  Status List(const std::string& prefix, const ListOptions& options,
              const StoreVisitor& visit) override {
    return inner_.List(prefix, options, visit);
  }
  Status RemoveAll(std::span<const std::string> keys) override { return inner_.RemoveAll(keys); }
  Result<bool> RemoveUnfinished(const std::string& key, const std::string& upload,
                                WhoseUnfinished whose) override {
    return inner_.RemoveUnfinished(key, upload, whose);
  }
  Status Flush(const std::string& prefix) override { return inner_.Flush(prefix); }
  bool Tidy(const std::string& prefix) override { return inner_.Tidy(prefix); }
  bool locks() const override { return inner_.locks(); }
  Result<LockAttempt> TryLock(const std::string& key, LockKind kind) override {
    return inner_.TryLock(key, kind);
  }

 protected:
  Store& inner() { return inner_; }

 private:
  Store& inner_;
};

}  // namespace jetkeep
