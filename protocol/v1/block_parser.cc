#include "protocol/v1/block_parser.h"

#include <algorithm>
#include <utility>

namespace jetkeep::v1 {
namespace {

// A buffer that had to hold a larger record is given back.
constexpr std::size_t kKeptBuffer = std::size_t{1} << 20;

}  // namespace

BlockParser::BlockParser(std::string_view stream_name, std::uint32_t block_number,
                         SnapshotHandler& handler, std::uint64_t previous_last)
    : handler_(handler),
      key_(BlockKey(stream_name, block_number)),
      number_(block_number),
      previous_last_(previous_last),
      last_sequence_(previous_last) {}

Status BlockParser::Feed(std::string_view bytes) {
  if (!carry_.empty()) JETKEEP_TRY(FeedCarry(bytes));
  while (!lost_ && bytes.size() >= kRecordHeaderSize) {
    const RecordHeader header = DecodeRecordHeader(bytes.data());
    if (!header.Sane()) return LoseRest("the length of a record is out of range");
    if (bytes.size() < header.length) break;
    JETKEEP_TRY(HandleRecord(header, bytes.substr(0, header.length)));
    offset_ += header.length;
    bytes.remove_prefix(header.length);
  }
  if (!lost_) carry_.Append(bytes);
  return {};
}

// Completes the record that the carry buffer holds the beginning of.
Status BlockParser::FeedCarry(std::string_view& bytes) {
  const auto take = [&](std::size_t until) {
    const std::size_t count = std::min(until - std::min(until, carry_.size()), bytes.size());
    carry_.Append(bytes.substr(0, count));
    bytes.remove_prefix(count);
    return carry_.size() >= until;
  };
  if (!take(kRecordHeaderSize)) return {};
  const RecordHeader header = DecodeRecordHeader(carry_.data());
  if (!header.Sane()) return LoseRest("the length of a record is out of range");
  // At once: growing step by step takes twice a large record's memory.
  carry_.Reserve(header.length);
  if (!take(header.length)) return {};
  JETKEEP_TRY(HandleRecord(header, carry_.view()));
  offset_ += header.length;
  carry_.Clear();
  if (carry_.capacity() > kKeptBuffer) carry_.Release();
  return {};
}

Status BlockParser::Finish() {
  if (lost_ || carry_.empty()) return {};
  return LoseRest("the block ends inside a record");
}

Status BlockParser::HandleRecord(const RecordHeader& header, std::string_view record) {
  RecordView found;
  if (!SplitRecord(header, record, found)) {
    return Damage("the headers of a record do not fit into it", header.sequence());
  }
  const std::uint64_t stored = LoadU64(record.data() + record.size() - kChecksumSize);
  const std::uint64_t computed =
      Highway64(key_, {record.substr(4, 16), found.subject, found.headers, found.payload});
  if (computed != stored) return Damage("the checksum of a record is wrong", header.sequence());
  last_checksum_ = stored;

  const std::uint64_t sequence = found.sequence;
  if (sequence == 0) return {};
  if (header.tombstone()) return handler_.OnDeleted(sequence, sequence);
  if (sequence <= last_sequence_) {
    if (sequence > previous_last_ || header.erased()) return {};
    return Damage("a sequence is not above those of the blocks before", sequence);
  }
  last_sequence_ = sequence;
  if (header.erased()) return handler_.OnDeleted(sequence, sequence);
  ++records_;
  return handler_.OnRecord(found);
}

Status BlockParser::LoseRest(std::string what) {
  lost_ = true;
  // The bytes of a sequence may be right even where the length is not, but nothing vouches for
  // them.
  JETKEEP_TRY(Damage(std::move(what) + "; the rest of the block is lost", 0));
  carry_.Release();
  return {};
}

Status BlockParser::Damage(std::string what, std::uint64_t sequence) {
  return handler_.OnDamage(
      {"block " + std::to_string(number_) + " at offset " + std::to_string(offset_),
       std::move(what), sequence});
}

}  // namespace jetkeep::v1
