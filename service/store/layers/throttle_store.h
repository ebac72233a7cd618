// ThrottleStore: a layer that limits the bytes a second that pass, reads and writes
// together. Thread-safety: as Store says.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "service/store/layers/forwarding_store.h"
#include "service/work/byte_pace.h"

namespace jetkeep {

struct ThrottleOptions {
  std::uint64_t bytes_per_second = 0;  // 0: no bound
  // What is no larger is counted and does not wait: leases must not wait for the bulk of a backup.
  std::uint64_t small = 0;
  std::function<std::chrono::steady_clock::time_point()> clock = [] {
    return std::chrono::steady_clock::now();
  };
  std::function<void(std::chrono::steady_clock::time_point)> wait_until;  // empty: sleeps
};

class ThrottleStore : public ForwardingStore {
 public:
  ThrottleStore(Store& inner, ThrottleOptions options);

  Result<std::unique_ptr<ObjectWriter>> Create(const std::string& key) override;
  Result<std::unique_ptr<ObjectReader>> Open(const std::string& key,
                                             std::optional<std::uint64_t> known_size = {}) override;

  // A detail of the layer's readers and writers: waits until so many bytes may pass, or `longest`.
  void Pass(std::uint64_t bytes, std::optional<std::chrono::seconds> longest = {});

 private:
  ThrottleOptions options_;
  BytePace pace_;
};

}  // namespace jetkeep
