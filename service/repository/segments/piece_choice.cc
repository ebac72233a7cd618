#include "service/repository/segments/piece_choice.h"

namespace jetkeep {
namespace {

// Of the piece, in parts of a hundred: what is not in records is stored for nothing.
constexpr std::size_t kLeastCovered = 90;

// A piece is kept only if it is so many times as large as what became columns since the piece
// before: mostly records that begin in one and end in the next, which are stored in full beside
// both.
constexpr std::size_t kPieceToBeside = 128;

}  // namespace

bool PieceChoice::Decide(bool keep) {
  behind_kept_ = keep;
  beside_ = 0;
  return keep;
}

bool PieceChoice::MayKeep(const ArchivePiece& piece) {
  // What the server could not make shorter is stored no shorter as it came.
  if (piece.chunks->size() < piece.bytes.size()) return true;
  return Decide(false);
}

void PieceChoice::AddBeside(std::size_t bytes) {
  if (behind_kept_) beside_ += bytes;
}

bool PieceChoice::Keep(const PieceBuilder& piece) {
  const std::size_t bytes = piece.bytes().size();
  return Decide(piece.covered_bytes() * 100 >= bytes * kLeastCovered &&
                beside_ <= bytes / kPieceToBeside);
}

}  // namespace jetkeep
