#include "service/repository/segments/compression_choice.h"

namespace jetkeep {
namespace {

// How much larger a faster way may be, in parts of a hundred.
constexpr std::size_t kMostLarger = 3;

}  // namespace

void CompressionChoice::Measured(const Sizes& sizes) {
  std::size_t way = 0;
  while (sizes[way] * 100 > sizes.back() * (100 + kMostLarger)) ++way;
  way_ = way;
}

}  // namespace jetkeep
