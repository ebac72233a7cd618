#include "service/repository/segments/piece_choice.h"

namespace jetkeep {
namespace {

// Percent of the piece that must be records; the rest is stored for nothing.
constexpr std::size_t kLeastCovered = 90;

// A piece is kept only if it is at least this many times larger than the records stored as columns
// since the last kept piece. Those are mostly records that straddle two pieces and are stored
// twice.
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
