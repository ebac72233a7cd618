// PieceChoice: which pieces of a server's archive a backup keeps as they came; the others become
// blocks of columns. A piece is kept if that stores little for nothing. Thread-safety: one thread
// at a time.
#pragma once

#include <cstddef>

#include "jetkeep/snapshot.h"
#include "protocol/repository/archive_piece.h"

namespace jetkeep {

class PieceChoice {
 public:
  // Whether a piece that begins may be kept. If not, it is not to be looked into any more.
  bool MayKeep(const ArchivePiece& piece);
  // Records of so many bytes, in the archive, became columns although no piece was taken apart.
  void AddBeside(std::size_t bytes);
  // The decision, once all records of a piece are noted.
  bool Keep(const PieceBuilder& piece);

 private:
  bool Decide(bool keep);

  bool behind_kept_ = false;  // the piece before was kept
  std::size_t beside_ = 0;    // bytes of the archive that became columns since then
};

}  // namespace jetkeep
