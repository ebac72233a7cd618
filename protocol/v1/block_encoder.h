// BlockEncoder: builds the blocks of a v1 archive, one at a time, for a stream of any name.
// Records must come in rising sequence order for a server to count them.
// Ownership: owns the block; view() ends at the next change. Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "jetkeep/byte_buffer.h"
#include "jetkeep/record.h"
#include "protocol/v1/record.h"

namespace jetkeep::v1 {

class BlockEncoder {
 public:
  explicit BlockEncoder(std::string_view stream_name) : stream_name_(stream_name) { Reset(1); }

  // Starts block `number` (from 1), empty. Keeps the memory, unless it is much.
  void Reset(std::uint32_t number);

  static std::size_t EncodedSize(const RecordView& record) {
    return static_cast<std::size_t>(FileStoreSize(record));
  }
  // Whether a record can hold this message: the subject at most 65,535 bytes, all at most
  // kMaxRecordSize.
  static bool Fits(const RecordView& record) {
    return record.subject.size() <= 0xffff && EncodedSize(record) <= kMaxRecordSize;
  }
  // The message must fit.
  void AppendMessage(const RecordView& record);
  // "This sequence holds no message."
  void AppendErased(std::uint64_t sequence, std::int64_t timestamp_ns);

  std::uint32_t number() const { return number_; }
  std::string_view view() const { return block_.view(); }
  std::size_t size() const { return block_.size(); }
  bool empty() const { return block_.empty(); }
  // Of the last record; 0 if there is none.
  std::uint64_t last_checksum() const { return last_checksum_; }

 private:
  std::string stream_name_;
  std::uint32_t number_ = 1;
  HighwayKey key_;
  ByteBuffer block_;
  std::uint64_t last_checksum_ = 0;
};

}  // namespace jetkeep::v1
