#include "protocol/v1/stream_index.h"

#include "protocol/codec/highway.h"
#include "protocol/codec/little_endian.h"
#include "protocol/codec/varint.h"
#include "protocol/v1/record.h"

namespace jetkeep::v1 {
namespace {

constexpr char kMagic = 11;
constexpr char kVersion = 1;
// What a subject costs beside its bytes.
constexpr std::size_t kSubjectOverhead = 64;

void PutU64(std::string& out, std::uint64_t value) {
  char bytes[sizeof(value)];
  StoreU64(bytes, value);
  out.append(bytes, sizeof(bytes));
}

}  // namespace

void StreamIndex::GiveUp() {
  given_up_ = true;
  subjects_.clear();
  blocks_.clear();
}

void StreamIndex::AddMessage(const RecordView& record, std::uint32_t block) {
  if (given_up_) return;
  if (blocks_.empty() || blocks_.back().number != block) {
    blocks_.push_back({block, 0, record.sequence, record.timestamp_ns, 0, 0});
  } else if (record.sequence != blocks_.back().last_sequence + 1) {
    return GiveUp();
  }
  Block& current = blocks_.back();
  current.bytes += FileStoreSize(record);
  current.last_sequence = record.sequence;
  current.last_time_ns = record.timestamp_ns;
  ++messages_;

  auto found = subjects_.find(record.subject);
  if (found == subjects_.end()) {
    // Servers leave a subject of no bytes out of the index.
    subject_bytes_ += record.subject.size() + kSubjectOverhead;
    if (record.subject.empty() || subject_bytes_ > kMaxSubjectBytes) return GiveUp();
    found = subjects_.emplace(record.subject, Subject{0, block, block}).first;
  }
  ++found->second.messages;
  found->second.last_block = block;
}

std::optional<std::string> StreamIndex::Encode(std::string_view stream_name,
                                               std::uint64_t last_checksum) const {
  if (given_up_ || blocks_.empty()) return std::nullopt;
  std::string out{kMagic, kVersion};
  std::uint64_t bytes = 0;
  for (const Block& block : blocks_) bytes += block.bytes;
  const std::int64_t first_time_ns = blocks_.front().first_time_ns;
  PutUvarint(out, messages_);
  PutUvarint(out, bytes);
  PutUvarint(out, blocks_.front().first_sequence);
  PutVarint(out, first_time_ns);
  PutUvarint(out, blocks_.back().last_sequence);
  PutVarint(out, blocks_.back().last_time_ns);
  PutUvarint(out, subjects_.size());
  for (const auto& [name, subject] : subjects_) {
    PutUvarint(out, name.size());
    out += name;
    PutUvarint(out, subject.messages);
    PutUvarint(out, subject.first_block);
    if (subject.messages > 1) PutUvarint(out, subject.last_block);
  }
  PutUvarint(out, blocks_.size());
  for (const Block& block : blocks_) {
    PutUvarint(out, block.number);
    PutUvarint(out, block.bytes);
    PutUvarint(out, block.first_sequence);
    PutVarint(out, block.first_time_ns - first_time_ns);
    PutUvarint(out, block.last_sequence);
    PutVarint(out, block.last_time_ns - first_time_ns);
    PutUvarint(out, 0);  // deleted messages
  }
  PutUvarint(out, blocks_.back().number);
  PutU64(out, last_checksum);
  PutU64(out, Highway64(NameKey(stream_name), {out}));
  return out;
}

}  // namespace jetkeep::v1
