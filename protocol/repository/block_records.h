// The raw bytes of a segment's block: records by columns, unless it keeps a piece of an archive
// (archive_piece.h). FORMAT.md, "Segments".
//
// In columns, like beside like: sequences that rise by one, times that lie close, subjects and
// headers of one kind are runs that compress to next to nothing, and payloads follow each other
// undisturbed. Thread-safety: one thread at a time uses an object. Errors: kRepositoryCorrupt for
// bytes that no writer makes; lengths are checked before anything is read by them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "jetkeep/byte_buffer.h"
#include "jetkeep/error.h"
#include "jetkeep/record.h"
#include "protocol/repository/archive_piece.h"
#include "protocol/repository/segment.h"

namespace jetkeep {

// The columns in their order in a block; their lengths stand in front of all.
enum class BlockColumn : std::uint8_t {
  kPayloads,
  kHeaders,
  kSubjects,
  kSequences,
  kTimes,
  kSubjectLengths,
  kHeaderLengths,
  kPayloadLengths,
};
inline constexpr std::size_t kBlockColumns = 8;
inline constexpr std::size_t kBlockHeadBytes = 4 * kBlockColumns;

// Collects the records of one block after the other.
class BlockBuilder {
 public:
  // Records rise in sequence; a subject has at most v2::kMaxNameBytes, headers and payload
  // v2::kMaxContentBytes together. No sequence is zero.
  void Add(const RecordView& record);
  // The raw bytes that Take would return; 0 while there is no record.
  std::size_t size() const { return size_; }
  // Ends the block and returns its raw bytes; the next one begins in the memory of `next`.
  ByteBuffer Take(ByteBuffer next);

 private:
  ByteBuffer& column(BlockColumn which) { return columns_[static_cast<std::size_t>(which)]; }
  void PutNumber(BlockColumn which, std::uint64_t value);
  void PutBytes(BlockColumn which, std::string_view bytes);

  // That of the payloads begins with the room for the lengths, and becomes the block.
  std::array<ByteBuffer, kBlockColumns> columns_;
  std::size_t size_ = 0;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t last_time_ = 0;
};

// Walks the records of an unpacked block of any codec and checks them against its index entry.
class BlockRecords {
 public:
  BlockRecords() = default;
  BlockRecords(std::string_view raw, const BlockInfo& info);
  // The next record into `record` (views into raw); false at the end.
  Result<bool> Next(RecordView& record);

 private:
  std::string_view& column(BlockColumn which) { return columns_[static_cast<std::size_t>(which)]; }
  bool TakeNumber(BlockColumn which, std::uint64_t& value);
  bool TakeBytes(BlockColumn which, std::uint64_t size, std::string_view& bytes);
  void BeginColumns(std::string_view raw);
  bool TakeColumns(RecordView& record);
  bool AllTaken() const;

  PieceRecords piece_;                                   // kArchive
  std::array<std::string_view, kBlockColumns> columns_;  // what is left of each
  BlockInfo info_;
  std::uint32_t seen_ = 0;
  std::uint64_t last_ = 0;
  std::uint64_t last_time_ = 0;
  bool head_is_good_ = false;  // of columns
};

}  // namespace jetkeep
