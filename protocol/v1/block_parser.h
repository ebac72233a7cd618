// BlockParser: one block of a v1 archive (`msgs/<n>.blk`), as its bytes arrive.
//
// Live records go to OnRecord, erased records and tombstones to OnDeleted. Every checksum is
// verified. A record with a wrong checksum is damage, and parsing goes on behind it; a length that
// cannot be is damage too, and the rest of the block is lost because nothing says where the next
// record begins.
//
// As servers do when they recover a block: a live or erased record whose sequence does not exceed
// the one before it is void, and so is a record with sequence 0; tombstones come in any order.
//
// Memory: one record that straddles two fed views, grown only as its bytes arrive (at most
// kMaxRecordSize). Errors: only what the handler returns. Thread-safety: one thread at a time uses
// a parser.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "jetkeep/byte_buffer.h"
#include "jetkeep/error.h"
#include "jetkeep/snapshot.h"
#include "protocol/v1/record.h"

namespace jetkeep::v1 {

class BlockParser {
 public:
  // The handler must outlive the parser. A live record whose sequence does not exceed
  // `previous_last`, the last of the blocks before this one, is damage and not given to OnRecord.
  BlockParser(std::string_view stream_name, std::uint32_t block_number, SnapshotHandler& handler,
              std::uint64_t previous_last = 0);

  Status Feed(std::string_view bytes);
  // The block ends here.
  Status Finish();

  std::uint64_t records() const { return records_; }  // given to OnRecord
  std::uint64_t bytes() const { return offset_ + carry_.size(); }
  // Of the last record that was read, whatever it held; 0 if there is none.
  std::uint64_t last_checksum() const { return last_checksum_; }
  // The highest live or erased sequence so far; previous_last if there is none.
  std::uint64_t last_sequence() const { return last_sequence_; }

 private:
  Status FeedCarry(std::string_view& bytes);
  Status HandleRecord(const RecordHeader& header, std::string_view record);
  Status LoseRest(std::string what);
  Status Damage(std::string what, std::uint64_t sequence);

  SnapshotHandler& handler_;
  const HighwayKey key_;
  const std::uint32_t number_;
  const std::uint64_t previous_last_;
  ByteBuffer carry_;
  std::uint64_t offset_ = 0;  // of the first byte not yet parsed
  std::uint64_t records_ = 0;
  std::uint64_t last_sequence_;
  std::uint64_t last_checksum_ = 0;
  bool lost_ = false;
};

}  // namespace jetkeep::v1
