// Sequences as people read them, the same everywhere: "7", "5..9", "1, 5..9 and more". Pure.
#pragma once

#include <cstdint>
#include <string>

#include "protocol/sequences/sequence_set.h"

namespace jetkeep {

inline std::string RangeText(std::uint64_t first, std::uint64_t last) {
  std::string text = std::to_string(first);
  return first == last ? text : text + ".." + std::to_string(last);
}

// At most `most` ranges.
std::string SequencesText(const SequenceSet& set, int most = 20);

}  // namespace jetkeep
