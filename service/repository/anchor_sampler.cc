#include "service/repository/anchor_sampler.h"

#include <algorithm>
#include <utility>

namespace jetkeep {

Anchor AnchorOf(const RecordView& record) {
  return {record.sequence, record.timestamp_ns,
          AnchorDigest(record.subject, record.headers, record.payload)};
}

void AnchorSampler::Watch(std::vector<std::uint64_t> sequences) {
  std::sort(sequences.begin(), sequences.end());
  wanted_ = std::move(sequences);
  next_wanted_ = 0;
}

void AnchorSampler::Add(const RecordView& record) {
  while (next_wanted_ < wanted_.size() && wanted_[next_wanted_] <= record.sequence) {
    if (wanted_[next_wanted_++] == record.sequence) watched_.push_back(AnchorOf(record));
  }
  if (records_++ % stride_ != 0) return;
  if (samples_.size() == kMostSamples) {
    // Every other one goes; this record is the next of those that stay.
    for (std::size_t i = 0; i < kMostSamples / 2; ++i) samples_[i] = samples_[2 * i];
    samples_.resize(kMostSamples / 2);
    stride_ *= 2;
  }
  samples_.push_back(AnchorOf(record));
}

std::optional<Anchor> AnchorSampler::Find(std::uint64_t sequence) const {
  for (const std::vector<Anchor>* anchors : {&watched_, &samples_}) {
    const auto found = std::find_if(anchors->begin(), anchors->end(), [&](const Anchor& anchor) {
      return anchor.sequence == sequence;
    });
    if (found != anchors->end()) return *found;
  }
  return std::nullopt;
}

}  // namespace jetkeep
