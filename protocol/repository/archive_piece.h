// Blocks that keep a piece of a server's archive as the server compressed it. FORMAT.md,
// "Segments".
//
// Compressing is most of what a backup costs; a server has done it already. Such a block's raw
// bytes are a head, which says where in the piece the records lie, and the decoded piece; it is
// stored as the head and the S2 chunks as they came. Records that begin in one piece and end in the
// next are in neither: they go into blocks of columns. Thread-safety: one thread at a time uses an
// object. Errors: kRepositoryCorrupt for bytes that no writer makes; lengths are checked before
// anything is read by them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "jetkeep/byte_buffer.h"
#include "jetkeep/error.h"
#include "jetkeep/record.h"
#include "jetkeep/snapshot.h"

namespace jetkeep {

// More runs than this, and the piece holds too much that is not wanted.
inline constexpr std::size_t kMaxPieceRuns = 4096;
// So many runs fit: their numbers are below 2^28.
inline constexpr std::size_t kMaxPieceHeadBytes = 64 * 1024;

// Notes which records of a piece are wanted.
class PieceBuilder {
 public:
  // The views of the piece must stay valid until the next call.
  void Begin(const ArchivePiece& piece);
  bool open() const { return !piece_.bytes.empty(); }

  // Notes a record, in the order of the archive. False if the record does not lie in the piece
  // behind those before it, or the piece has too many runs: it was not noted.
  bool Add(const RecordView& record);
  bool empty() const { return runs_.empty(); }

  std::string_view bytes() const { return piece_.bytes; }
  // How many of them are in noted records.
  std::size_t covered_bytes() const { return covered_; }
  std::size_t raw_bytes() const { return HeadBytes() + piece_.bytes.size(); }
  // What to store is the head and behind it the chunks, for which `next` is left to the piece.
  void AppendHead(ByteBuffer& out) const;
  ByteBuffer TakeChunks(ByteBuffer next) { return std::exchange(*piece_.chunks, std::move(next)); }

 private:
  struct Run {
    std::size_t begin = 0;
    std::size_t end = 0;
  };

  std::size_t HeadBytes() const;

  ArchivePiece piece_;
  ArchiveFormat format_ = ArchiveFormat::kV1Tar;
  std::vector<Run> runs_;
  std::size_t covered_ = 0;  // bytes in runs
};

// The length of the head at the front of stored or raw bytes.
Result<std::size_t> PieceHeadBytes(std::string_view bytes);

// Walks the records of raw bytes. What they say of their order is for the caller to check.
class PieceRecords {
 public:
  PieceRecords() = default;
  explicit PieceRecords(std::string_view raw);
  PieceRecords(std::string_view head, std::string_view piece);
  // The next record into `record` (views into raw). False at the end, or where no record can be
  // read; whole() says which.
  bool Next(RecordView& record);
  bool whole() const { return good_ && runs_.empty() && run_.empty(); }

 private:
  bool BeginRun();
  bool Take(RecordView& record);

  ArchiveFormat format_ = ArchiveFormat::kV1Tar;
  std::string_view runs_;   // what is left of the head's list
  std::string_view piece_;  // behind the run at hand
  std::string_view run_;    // what is left of it
  bool good_ = false;
};

}  // namespace jetkeep
