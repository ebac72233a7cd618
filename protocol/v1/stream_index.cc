#include "protocol/v1/stream_index.h"

#include "protocol/codec/highway_stream.h"
#include "protocol/codec/little_endian.h"
#include "protocol/codec/varint.h"
#include "protocol/v1/record.h"

namespace jetkeep::v1 {
namespace {

constexpr char kMagic = 11;
constexpr char kVersion = 1;
constexpr std::size_t kPartBytes = std::size_t{64} << 10;
void PutU64(std::string& out, std::uint64_t value) {
  char bytes[sizeof(value)];
  StoreU64(bytes, value);
  out.append(bytes, sizeof(bytes));
}

}  // namespace

void StreamIndex::GiveUp() {
  given_up_ = true;
  subjects_.Clear();
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
  if (closed_.size() <= kMaxMapBytes) return;
  if (spill_ == nullptr) return GiveUp();
  const auto offset = spill_->Append(closed_);
  if (!offset) return GiveUp();
  spilled_.push_back({*offset, closed_.size()});
  closed_.clear();
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
  // Servers leave a subject of no bytes out of the index.
  if (record.subject.empty() || !subjects_.Count(record.subject, block)) GiveUp();
}

void StreamIndex::AddErasedEnd(std::uint64_t last_sequence, std::int64_t last_time_ns,
                               std::uint32_t block) {
  if (given_up_) return;
  if (blocks_ == 0 || current_.number != block) {
    return Begin({block, 0, last_sequence + 1, 0, last_sequence, last_time_ns});
  }
  deleted_.AddRange(current_.last_sequence + 1, last_sequence);
  current_.last_sequence = last_sequence;
  current_.last_time_ns = last_time_ns;
}

Result<std::uint64_t> StreamIndex::Close(std::uint64_t last_checksum) {
  if (given_up_ || blocks_ == 0) return 0;
  CloseBlock();
  if (given_up_) return 0;
  last_checksum_ = last_checksum;
  JETKEEP_TRY(subjects_.ForEach([this](std::string_view, const SubjectCount&) -> Status {
    ++subject_count_;
    return {};
  }));
  std::uint64_t size = kChecksumSize;
  JETKEEP_TRY(ForEachPart([&](std::string_view part) -> Status {
    size += part.size();
    return {};
  }));
  return size;
}

std::string StreamIndex::Head() const {
  std::string out{kMagic, kVersion};
  PutUvarint(out, messages_);
  PutUvarint(out, bytes_);
  PutUvarint(out, first_sequence_);
  PutVarint(out, first_time_ns_);
  PutUvarint(out, current_.last_sequence);
  PutVarint(out, current_.last_time_ns);
  PutUvarint(out, subject_count_);
  return out;
}

// All of the index but its hash.
Status StreamIndex::ForEachPart(const std::function<Status(std::string_view)>& visit) const {
  std::string out = Head();
  JETKEEP_TRY(subjects_.ForEach([&](std::string_view name, const SubjectCount& count) -> Status {
    PutUvarint(out, name.size());
    out += name;
    PutUvarint(out, count.messages);
    PutUvarint(out, count.first_block);
    if (count.messages > 1) PutUvarint(out, count.last_block);
    if (out.size() < kPartBytes) return {};
    JETKEEP_TRY(visit(out));
    out.clear();
    return {};
  }));
  PutUvarint(out, blocks_);
  JETKEEP_TRY(visit(out));
  for (const Piece& piece : spilled_) {
    out.resize(piece.size);
    JETKEEP_TRY(spill_->ReadAt(piece.offset, piece.size, out.data()));
    JETKEEP_TRY(visit(out));
  }
  JETKEEP_TRY(visit(closed_));
  out.clear();
  PutUvarint(out, current_.number);
  PutU64(out, last_checksum_);
  return visit(out);
}

Status StreamIndex::WriteTo(std::string_view stream_name, ByteSink& sink) const {
  Highway64Stream hash(NameKey(stream_name));
  JETKEEP_TRY(ForEachPart([&](std::string_view part) -> Status {
    hash.Append(part);
    return sink.Write(part);
  }));
  std::string checksum;
  PutU64(checksum, hash.Finish());
  return sink.Write(checksum);
}

}  // namespace jetkeep::v1
