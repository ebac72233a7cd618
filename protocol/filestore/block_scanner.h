// BlockScanner: the records of one block that lies in memory, one after the other, also behind
// damage.
//
// Behind a record that is damaged the next one is looked for. Where its length leads to a right
// record, or to the end, the length is believed, unless records that follow each other lead from
// inside of it to exactly that place (the bytes of records inside a payload never do: the checksum
// of the message stands behind them). Else every further byte may begin one: it counts if its
// checksum is right, and the bytes behind it are the end or another record with a right checksum.
// The work of this search is bounded: kMaxSearch times the block.
//
// Not proved by any checksum: the lengths of subject and headers, so where these and the payload
// part. Servers do not see such damage either.
//
// As servers do when they recover a block: a record whose sequence does not exceed the one before
// it is void, and so is one of sequence 0; tombstones come in any order.
//
// Ownership: the bytes outlive the scanner, and the views it hands out point into them.
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "jetkeep/record.h"
#include "protocol/v1/record.h"

namespace jetkeep::filestore {

inline constexpr std::size_t kMaxSearch = 16;

enum class BlockItemKind : std::uint8_t {
  kRecord,     // a message
  kErased,     // a sequence that holds none any more, or never did
  kTombstone,  // a message, usually of an earlier block, was deleted
  kDamage,     // bytes that are no record
};

struct BlockItem {
  BlockItemKind kind = BlockItemKind::kRecord;
  std::uint64_t sequence = 0;     // kDamage: what the damaged record claims; 0: nothing
  std::int64_t timestamp_ns = 0;  // not of kDamage
  RecordView record;              // kRecord
  std::uint64_t checksum = 0;     // not of kDamage
  std::size_t offset = 0;
  std::size_t size = 0;
  const char* what = "";  // kDamage
};

class BlockScanner {
 public:
  // `last`: of the records before this block; 0: none.
  BlockScanner(std::string_view stream, std::uint32_t number, std::string_view bytes,
               std::uint64_t last = 0);

  // False at the end.
  bool Next(BlockItem& item);

 private:
  // A record that begins at `offset` and is right in all respects but its place.
  bool RecordAt(std::size_t offset, BlockItem& item);
  bool Follows(std::size_t offset);
  bool LeadsTo(std::size_t offset, std::size_t target);
  bool Spend(std::size_t offset);
  // Where the next record begins, behind a damaged one at `offset`; the end if nowhere.
  std::size_t NextAfter(std::size_t offset);
  void SetDamage(std::size_t end, BlockItem& item);

  const HighwayKey key_;
  const std::string_view bytes_;
  std::uint64_t last_;
  std::size_t offset_ = 0;
  std::size_t work_left_;
};

}  // namespace jetkeep::filestore
