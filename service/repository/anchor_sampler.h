// AnchorSampler: digests of some records as they pass, so that nothing need be read again for them:
// a few that lie evenly over all, and those that were asked for.
//
// Thread-safety: one thread at a time. Cost: a comparison for most records.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "jetkeep/record.h"
#include "protocol/repository/manifest.h"

namespace jetkeep {

Anchor AnchorOf(const RecordView& record);

class AnchorSampler {
 public:
  static constexpr std::size_t kMostSamples = 8;

  // Takes these sequences, too, where they pass. Before the first record.
  void Watch(std::vector<std::uint64_t> sequences);

  // In rising order.
  void Add(const RecordView& record);

  // The first record and at most kMostSamples - 1 others, in rising order.
  const std::vector<Anchor>& samples() const { return samples_; }
  // Of a record that was sampled or watched.
  std::optional<Anchor> Find(std::uint64_t sequence) const;

 private:
  std::vector<std::uint64_t> wanted_;  // rising
  std::size_t next_wanted_ = 0;
  std::vector<Anchor> watched_;
  std::vector<Anchor> samples_;
  std::uint64_t records_ = 0;
  std::uint64_t stride_ = 1;
};

}  // namespace jetkeep
