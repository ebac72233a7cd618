#include "protocol/v1/block_encoder.h"

#include <cstring>

namespace jetkeep::v1 {
namespace {

// A buffer that had to hold a larger block is given back.
constexpr std::size_t kKeptBuffer = std::size_t{6} << 20;

char* Copy(char* out, std::string_view bytes) {
  if (!bytes.empty()) std::memcpy(out, bytes.data(), bytes.size());
  return out + bytes.size();
}

void PutRecordHeader(char* out, std::uint32_t length, std::uint64_t sequence,
                     std::int64_t timestamp_ns, std::uint16_t subject_size) {
  StoreU32(out, length);
  StoreU64(out + 4, sequence);
  StoreU64(out + 12, static_cast<std::uint64_t>(timestamp_ns));
  StoreU16(out + 20, subject_size);
}

}  // namespace

void BlockEncoder::Reset(std::uint32_t number) {
  number_ = number;
  key_ = BlockKey(stream_name_, number);
  block_.Clear();
  if (block_.capacity() > kKeptBuffer) block_.Release();
  last_checksum_ = 0;
}

void BlockEncoder::AppendMessage(const RecordView& record) {
  const bool has_headers = !record.headers.empty();
  const std::size_t size = EncodedSize(record);
  char* const start = block_.Extend(size);
  PutRecordHeader(start, static_cast<std::uint32_t>(size) | (has_headers ? kHeadersBit : 0),
                  record.sequence, record.timestamp_ns,
                  static_cast<std::uint16_t>(record.subject.size()));
  char* out = Copy(start + kRecordHeaderSize, record.subject);
  if (has_headers) {
    StoreU32(out, static_cast<std::uint32_t>(record.headers.size()));
    out = Copy(out + kHeaderLengthSize, record.headers);
  }
  out = Copy(out, record.payload);
  last_checksum_ = Highway64(
      key_, {std::string_view(start + 4, 16), record.subject, record.headers, record.payload});
  StoreU64(out, last_checksum_);
}

void BlockEncoder::AppendErased(std::uint64_t sequence, std::int64_t timestamp_ns) {
  char* const start = block_.Extend(kEmptyRecordSize);
  PutRecordHeader(start, kEmptyRecordSize, sequence | kErasedBit, timestamp_ns, 0);
  last_checksum_ = Highway64(key_, {std::string_view(start + 4, 16)});
  StoreU64(start + kRecordHeaderSize, last_checksum_);
}

}  // namespace jetkeep::v1
