// A SequenceSet as bytes: for each range, in rising order, uvarint gap and uvarint length, where
// gap is the range's first sequence minus the last one of the range before it (minus 0 for the
// first range), and length is last minus first. Ranges neither overlap nor touch, so gap is at
// least 2 after the first range (1 there). Thread-safety: functions are pure; one thread at a time
// uses a decoder.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "jetkeep/error.h"
#include "protocol/codec/varint.h"
#include "protocol/sequences/sequence_set.h"

namespace jetkeep {

// Hands the encoding to f(std::string_view) in pieces of whole ranges, each at most some 20 bytes
// longer than piece_bytes; stops at the first error of f and returns it.
template <typename F>
Status EncodeRangesInPieces(const SequenceSet& set, std::size_t piece_bytes, F&& f) {
  std::string piece;
  std::uint64_t before = 0;
  for (SequenceSet::Cursor range(set); range.Valid(); range.Next()) {
    PutUvarint(piece, range.first() - before);
    PutUvarint(piece, range.last() - range.first());
    before = range.last();
    if (piece.size() >= piece_bytes) {
      JETKEEP_TRY(f(std::string_view(piece)));
      piece.clear();
    }
  }
  if (!piece.empty()) JETKEEP_TRY(f(std::string_view(piece)));
  return {};
}

std::string EncodeRanges(const SequenceSet& set);

// Decodes pieces of whole ranges one after the other.
class RangesDecoder {
 public:
  // kRepositoryCorrupt if the piece ends inside a range, ranges touch or overlap, or one exceeds
  // 2^64-1.
  Status Decode(std::string_view piece, SequenceSet& out);

 private:
  std::uint64_t before_ = 0;
  bool any_ = false;
};

}  // namespace jetkeep
