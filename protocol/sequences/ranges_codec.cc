#include "protocol/sequences/ranges_codec.h"

namespace jetkeep {

std::string EncodeRanges(const SequenceSet& set) {
  std::string bytes;
  const Status taken = EncodeRangesInPieces(set, 1 << 20, [&](std::string_view piece) -> Status {
    bytes.append(piece);
    return {};
  });
  static_cast<void>(taken);  // the function above never fails
  return bytes;
}

Status RangesDecoder::Decode(std::string_view piece, SequenceSet& out) {
  while (!piece.empty()) {
    std::uint64_t gap = 0;
    std::uint64_t length = 0;
    if (!GetUvarint(piece, gap) || !GetUvarint(piece, length)) {
      return Fail(Errc::kRepositoryCorrupt, "a list of sequence ranges ends inside a range");
    }
    const std::uint64_t room = ~std::uint64_t{0} - before_;
    if (gap < (any_ ? 2u : 1u) || gap > room || length > room - gap) {
      return Fail(
          Errc::kRepositoryCorrupt,
          "a list of sequence ranges is not rising after sequence " + std::to_string(before_));
    }
    const std::uint64_t first = before_ + gap;
    out.AddRange(first, first + length);
    before_ = first + length;
    any_ = true;
  }
  return {};
}

}  // namespace jetkeep
