// RetryStore: a layer that asks again after a passing failure, with growing waits. An answer that
// got lost is no failure: a commit whose object turns out to be there with the same bytes has
// succeeded. Appends are not repeated, as nobody knows how much of one arrived.
// Thread-safety: as Store says.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "service/store/layers/forwarding_store.h"
#include "service/work/backoff.h"

namespace jetkeep {

struct RetryOptions {
  BackoffOptions backoff{std::chrono::milliseconds(100), std::chrono::milliseconds(5'000), 5};
  // Which errors pass by themselves.
  std::function<bool(const Error&)> passes = [](const Error& error) { return error.Retryable(); };
  std::function<void(std::chrono::milliseconds)> wait;  // empty: sleeps
};

class RetryStore : public ForwardingStore {
 public:
  RetryStore(Store& inner, RetryOptions options);

  Result<std::unique_ptr<ObjectWriter>> Create(const std::string& key) override;
  Result<std::unique_ptr<ObjectReader>> Open(const std::string& key,
                                             std::optional<std::uint64_t> known_size = {}) override;
  Result<bool> Exists(const std::string& key) override;
  Status List(const std::string& prefix, const ListOptions& options,
              const StoreVisitor& visit) override;
  Status RemoveAll(std::span<const std::string> keys) override;
  Result<bool> RemoveUnfinished(const std::string& key, const std::string& upload,
                                WhoseUnfinished whose) override;
  // Flush is asked once: after a failed fsync the next one may succeed although the name is lost.
  Result<LockAttempt> TryLock(const std::string& key, LockKind kind) override;

  // Details of the layer's readers and writers.
  template <typename F>
  auto Again(F&& f) const -> decltype(f()) {
    Backoff backoff(options_.backoff);
    while (true) {
      auto result = f();
      if (result || !options_.passes(result.error())) return result;
      const auto pause = backoff.Next();
      if (!pause) return result;
      options_.wait(*pause);
    }
  }
  Store& under() { return inner(); }

 private:
  RetryOptions options_;
};

}  // namespace jetkeep
