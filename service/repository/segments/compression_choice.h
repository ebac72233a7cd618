// CompressionChoice: how the blocks of one backup are compressed.
//
// A given level is taken as it is. The default level is a bound for the size: now and then a block
// is compressed in every way there is, and the fastest that comes close to level 1 in size is used
// from there on. Negative levels with entropy-coded literals do so where the repeated parts of
// messages are long and the rest is noise, as in JSON with tokens, at up to a third more speed
// (tests/bench/README.md); with text they do not, and level 1 stays.
//
// Thread-safety: all members may be called from any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "protocol/codec/zstd_codec.h"

namespace jetkeep {

// zstd levels by name, chosen by measurement (tests/bench/README.md).
inline constexpr int kFastestLevel = -5;
inline constexpr int kDefaultLevel = 1;
inline constexpr int kBestLevel = 9;

class CompressionChoice {
 public:
  // From the fastest to the smallest.
  static constexpr std::array<ZstdSettings, 3> kWays{ZstdSettings{-5, true}, ZstdSettings{-2, true},
                                                     ZstdSettings{kDefaultLevel, false}};
  using Sizes = std::array<std::size_t, kWays.size()>;

  // level: of zstd; none: the default.
  explicit CompressionChoice(std::optional<int> level)
      : given_{level.value_or(kDefaultLevel), false}, measure_(!level) {}

  // Whether this block of the backup is to be compressed in every way. Not the first ones: most
  // backups have no others.
  bool MeasureAt(std::uint64_t block) const { return measure_ && block % kEvery == kFirst; }
  // What a block came to in each of kWays.
  void Measured(const Sizes& sizes);
  ZstdSettings settings() const { return measure_ ? kWays[way_] : given_; }

 private:
  static constexpr std::uint64_t kEvery = 128;
  static constexpr std::uint64_t kFirst = 3;

  const ZstdSettings given_;
  const bool measure_;
  std::atomic<std::size_t> way_{kWays.size() - 1};
};

}  // namespace jetkeep
