// Highway64Stream: HighwayHash-64 of bytes that come in pieces, equal to Highway64 of them joined.
// For files too large to hold; slower than Highway64. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "protocol/codec/highway.h"

namespace jetkeep {

class Highway64Stream {
 public:
  explicit Highway64Stream(const HighwayKey& key);
  ~Highway64Stream();
  Highway64Stream(Highway64Stream&&) noexcept;
  Highway64Stream& operator=(Highway64Stream&&) noexcept;

  void Append(std::string_view bytes);
  // The hash of all bytes; at most once.
  std::uint64_t Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace jetkeep
