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
  closed_ = {};
  deleted_ = {};
}

void StreamIndex::Begin(const Block& block) {
  if (blocks_ == 0) {
    first_sequence_ = block.first_sequence;
    first_time_ns_ = block.first_time_ns;
  } else {
    CloseBlock();
  }
  ++blocks_;
  current_ = block;
}

void StreamIndex::CloseBlock() {
  PutUvarint(closed_, current_.number);
  PutUvarint(closed_, current_.bytes);
  PutUvarint(closed_, current_.first_sequence);
  PutVarint(closed_, current_.first_time_ns - first_time_ns_);
  PutUvarint(closed_, current_.last_sequence);
  PutVarint(closed_, current_.last_time_ns - first_time_ns_);
  PutUvarint(closed_, deleted_.Count());
  if (!deleted_.empty()) deleted_.AppendTo(closed_);
  deleted_.Clear();
}

bool StreamIndex::CountSubject(std::string_view subject, std::uint32_t block) {
  auto found = subjects_.find(subject);
  if (found == subjects_.end()) {
    // Servers leave a subject of no bytes out of the index.
    subject_bytes_ += subject.size() + kSubjectOverhead;
    if (subject.empty() || subject_bytes_ > kMaxSubjectBytes) return false;
    found = subjects_.emplace(subject, Subject{0, block, block}).first;
  }
  ++found->second.messages;
  found->second.last_block = block;
  return true;
}

void StreamIndex::AddMessage(const RecordView& record, std::uint32_t block) {
  if (given_up_) return;
  if (blocks_ == 0 || current_.number != block) {
    Begin({block, 0, record.sequence, record.timestamp_ns, 0, 0});
  } else if (record.sequence != current_.last_sequence + 1) {
    deleted_.AddRange(current_.last_sequence + 1, record.sequence - 1);
  }
  const std::uint64_t bytes = FileStoreSize(record);
  current_.bytes += bytes;
  current_.last_sequence = record.sequence;
  current_.last_time_ns = record.timestamp_ns;
  bytes_ += bytes;
  ++messages_;
  if (closed_.size() > kMaxMapBytes || !CountSubject(record.subject, block)) GiveUp();
}

void StreamIndex::AddErasedEnd(std::uint64_t last_sequence, std::int64_t last_time_ns,
                               std::uint32_t block) {
  if (given_up_) return;
  if (blocks_ != 0 && current_.number == block) {
    deleted_.AddRange(current_.last_sequence + 1, last_sequence);
    current_.last_sequence = last_sequence;
    current_.last_time_ns = last_time_ns;
  } else {
    Begin({block, 0, last_sequence + 1, 0, last_sequence, last_time_ns});
  }
}

std::optional<std::string> StreamIndex::Encode(std::string_view stream_name,
                                               std::uint64_t last_checksum) {
  if (given_up_ || blocks_ == 0) return std::nullopt;
  CloseBlock();
  std::string out{kMagic, kVersion};
  PutUvarint(out, messages_);
  PutUvarint(out, bytes_);
  PutUvarint(out, first_sequence_);
  PutVarint(out, first_time_ns_);
  PutUvarint(out, current_.last_sequence);
  PutVarint(out, current_.last_time_ns);
  PutUvarint(out, subjects_.size());
  for (const auto& [name, subject] : subjects_) {
    PutUvarint(out, name.size());
    out += name;
    PutUvarint(out, subject.messages);
    PutUvarint(out, subject.first_block);
    if (subject.messages > 1) PutUvarint(out, subject.last_block);
  }
  PutUvarint(out, blocks_);
  out += closed_;
  PutUvarint(out, current_.number);
  PutU64(out, last_checksum);
  PutU64(out, Highway64(NameKey(stream_name), {out}));
  return out;
}

}  // namespace jetkeep::v1
