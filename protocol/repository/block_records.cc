#include "protocol/repository/block_records.h"

#include <algorithm>
#include <string>
#include <utility>

#include "protocol/codec/little_endian.h"
#include "protocol/codec/varint.h"
#include "protocol/v2/entry.h"

namespace jetkeep {
namespace {

// A column that one huge record made large is given back.
constexpr std::size_t kKeptColumn = 2 * kBlockTargetBytes;

// Bytes of a column of numbers to begin with.
constexpr std::size_t kFirstNumbers = 4096;

}  // namespace

inline void BlockBuilder::PutNumber(BlockColumn which, std::uint64_t value) {
  ByteBuffer& numbers = column(which);
  const std::size_t before = numbers.size();
  if (before + kMaxVarintBytes > numbers.capacity()) {
    numbers.Reserve(std::max<std::size_t>(2 * numbers.capacity(), kFirstNumbers));
  }
  char* const begin = numbers.data() + before;
  const auto written = static_cast<std::size_t>(PutUvarint(begin, value) - begin);
  numbers.Resize(before + written);
  size_ += written;
}

inline void BlockBuilder::PutBytes(BlockColumn which, std::string_view bytes) {
  column(which).Append(bytes);
  size_ += bytes.size();
}

void BlockBuilder::Add(const RecordView& record) {
  if (size_ == 0) {
    column(BlockColumn::kPayloads).Resize(kBlockHeadBytes);
    size_ = kBlockHeadBytes;
  }
  const auto time = static_cast<std::uint64_t>(record.timestamp_ns);
  if (record.payload.size() > kBlockTargetBytes) {
    // With room for the other columns, so that Take need not move it.
    column(BlockColumn::kPayloads)
        .Reserve(size_ + record.payload.size() + record.headers.size() + record.subject.size() +
                 kBlockColumns * kMaxVarintBytes);
  }
  PutBytes(BlockColumn::kPayloads, record.payload);
  PutBytes(BlockColumn::kHeaders, record.headers);
  PutBytes(BlockColumn::kSubjects, record.subject);
  PutNumber(BlockColumn::kSequences, record.sequence - last_sequence_ - 1);
  PutNumber(BlockColumn::kTimes, ZigZag(static_cast<std::int64_t>(time - last_time_)));
  PutNumber(BlockColumn::kSubjectLengths, record.subject.size());
  PutNumber(BlockColumn::kHeaderLengths, record.headers.size());
  PutNumber(BlockColumn::kPayloadLengths, record.payload.size());
  last_sequence_ = record.sequence;
  last_time_ = time;
}

ByteBuffer BlockBuilder::Take(ByteBuffer next) {
  next.Clear();
  ByteBuffer block = std::exchange(column(BlockColumn::kPayloads), std::move(next));
  StoreU32(block.data(), static_cast<std::uint32_t>(block.size() - kBlockHeadBytes));
  block.Reserve(size_);
  for (std::size_t i = 1; i < kBlockColumns; ++i) {
    ByteBuffer& bytes = columns_[i];
    StoreU32(block.data() + 4 * i, static_cast<std::uint32_t>(bytes.size()));
    block.Append(bytes.view());
    bytes.Clear();
    if (bytes.capacity() > kKeptColumn) bytes.Release();
  }
  size_ = 0;
  last_sequence_ = 0;
  last_time_ = 0;
  return block;
}

BlockRecords::BlockRecords(std::string_view raw, const BlockInfo& info) : info_(info) {
  if (info.codec == BlockCodec::kArchive) {
    piece_ = PieceRecords(raw);
  } else {
    BeginColumns(raw);
  }
}

void BlockRecords::BeginColumns(std::string_view raw) {
  if (raw.size() < kBlockHeadBytes) return;
  std::string_view rest = raw.substr(kBlockHeadBytes);
  for (std::size_t i = 0; i < kBlockColumns; ++i) {
    const std::size_t size = LoadU32(raw.data() + 4 * i);
    if (size > rest.size()) return;
    columns_[i] = rest.substr(0, size);
    rest.remove_prefix(size);
  }
  head_is_good_ = rest.empty();
}

inline bool BlockRecords::TakeNumber(BlockColumn which, std::uint64_t& value) {
  std::string_view& numbers = column(which);
  if (!numbers.empty() && static_cast<unsigned char>(numbers.front()) < 0x80) {
    value = static_cast<unsigned char>(numbers.front());
    numbers.remove_prefix(1);
    return true;
  }
  return GetUvarint(numbers, value);
}

inline bool BlockRecords::TakeBytes(BlockColumn which, std::uint64_t size,
                                    std::string_view& bytes) {
  std::string_view& rest = column(which);
  if (size > rest.size()) return false;
  bytes = rest.substr(0, static_cast<std::size_t>(size));
  rest.remove_prefix(static_cast<std::size_t>(size));
  return true;
}

bool BlockRecords::TakeColumns(RecordView& record) {
  if (!head_is_good_) return false;
  std::uint64_t step = 0;
  std::uint64_t time = 0;
  std::uint64_t subject = 0;
  std::uint64_t headers = 0;
  std::uint64_t payload = 0;
  if (!TakeNumber(BlockColumn::kSequences, step) || !TakeNumber(BlockColumn::kTimes, time) ||
      !TakeNumber(BlockColumn::kSubjectLengths, subject) ||
      !TakeNumber(BlockColumn::kHeaderLengths, headers) ||
      !TakeNumber(BlockColumn::kPayloadLengths, payload)) {
    return false;
  }
  if (step >= ~std::uint64_t{0} - last_ || subject > v2::kMaxNameBytes ||
      headers > v2::kMaxContentBytes || payload > v2::kMaxContentBytes - headers ||
      !TakeBytes(BlockColumn::kSubjects, subject, record.subject) ||
      !TakeBytes(BlockColumn::kHeaders, headers, record.headers) ||
      !TakeBytes(BlockColumn::kPayloads, payload, record.payload)) {
    return false;
  }
  record.encoded = {};
  last_time_ += static_cast<std::uint64_t>(UnZigZag(time));
  record.timestamp_ns = static_cast<std::int64_t>(last_time_);
  record.sequence = last_ + step + 1;
  return true;
}

bool BlockRecords::AllTaken() const {
  if (last_ != info_.last_sequence) return false;
  if (info_.codec == BlockCodec::kArchive) return piece_.whole();
  return head_is_good_ && std::all_of(columns_.begin(), columns_.end(),
                                      [](std::string_view left) { return left.empty(); });
}

Result<bool> BlockRecords::Next(RecordView& record) {
  if (seen_ == info_.records) {
    if (AllTaken()) return false;
    return Fail(Errc::kRepositoryCorrupt, "block contents do not match the segment index");
  }
  const bool taken =
      info_.codec == BlockCodec::kArchive ? piece_.Next(record) : TakeColumns(record);
  if (!taken) {
    return Fail(Errc::kRepositoryCorrupt,
                "a block holds no record after sequence " + std::to_string(last_));
  }
  if ((seen_ == 0 && record.sequence != info_.first_sequence) || record.sequence <= last_ ||
      record.sequence > info_.last_sequence) {
    return Fail(Errc::kRepositoryCorrupt,
                "sequence " + std::to_string(record.sequence) + " is in the wrong block");
  }
  ++seen_;
  last_ = record.sequence;
  return true;
}

}  // namespace jetkeep
