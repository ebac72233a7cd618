#include "protocol/filestore/block_scanner.h"

#include <algorithm>

namespace jetkeep::filestore {
namespace {

constexpr std::size_t kLeastWork = std::size_t{1} << 20;

// What hardly any subject is otherwise. Spares most places of a search the checksum, which does not
// cover where the subject ends.
bool LooksLikeSubject(std::string_view subject) {
  return !subject.empty() && subject.front() != '.' && subject.back() != '.' &&
         std::all_of(subject.begin(), subject.end(),
                     [](char c) { return static_cast<unsigned char>(c) > ' ' && c != '\x7f'; });
}

}  // namespace

BlockScanner::BlockScanner(std::string_view stream, std::uint32_t number, std::string_view bytes,
                           std::uint64_t last)
    : key_(v1::BlockKey(stream, number)),
      bytes_(bytes),
      last_(last),
      work_left_(std::max(kLeastWork, bytes.size() * kMaxSearch)) {}

bool BlockScanner::RecordAt(std::size_t offset, BlockItem& item) {
  const std::string_view rest = bytes_.substr(offset);
  if (rest.size() < v1::kEmptyRecordSize) return false;
  const v1::RecordHeader header = v1::DecodeRecordHeader(rest.data());
  if (!header.Sane() || header.length > rest.size()) return false;
  const std::string_view whole = rest.substr(0, header.length);
  RecordView found;
  if (!v1::SplitRecord(header, whole, found)) return false;
  const std::uint64_t stored = LoadU64(whole.data() + whole.size() - v1::kChecksumSize);
  if (Highway64(key_, {whole.substr(4, 16), found.subject, found.headers, found.payload}) !=
      stored) {
    return false;
  }
  // Only archives hold records as they are written here, and under the name of the stream.
  found.encoded = {};
  item = {header.tombstone() ? BlockItemKind::kTombstone
          : header.erased()  ? BlockItemKind::kErased
                             : BlockItemKind::kRecord,
          header.sequence(),
          header.timestamp_ns,
          found,
          stored,
          offset,
          header.length,
          ""};
  return true;
}

bool BlockScanner::Follows(std::size_t offset) {
  BlockItem ignored;
  return offset == bytes_.size() || RecordAt(offset, ignored);
}

// Takes the cost of one more checksum; false if the work is used up.
bool BlockScanner::Spend(std::size_t offset) {
  const std::size_t left = bytes_.size() - offset;
  if (left < v1::kEmptyRecordSize) return true;
  const std::size_t cost = v1::DecodeRecordHeader(bytes_.data() + offset).length;
  if (cost > left) return true;  // it is not computed
  if (cost > work_left_) return false;
  work_left_ -= cost;
  return true;
}

// Whether records follow each other from `offset` to exactly `target`.
bool BlockScanner::LeadsTo(std::size_t offset, std::size_t target) {
  BlockItem item;
  while (offset < target) {
    if (!Spend(offset) || !RecordAt(offset, item)) return false;
    offset += item.size;
  }
  return offset == target;
}

std::size_t BlockScanner::NextAfter(std::size_t offset) {
  std::size_t end = bytes_.size();
  bool length_leads = false;
  if (end - offset >= v1::kEmptyRecordSize) {
    const v1::RecordHeader header = v1::DecodeRecordHeader(bytes_.data() + offset);
    length_leads =
        header.Sane() && header.length <= end - offset && Follows(offset + header.length);
    if (length_leads) end = offset + header.length;
  }
  for (std::size_t at = offset + 1; at + v1::kEmptyRecordSize <= end; ++at) {
    const v1::RecordHeader header = v1::DecodeRecordHeader(bytes_.data() + at);
    if (!header.Sane() || header.length > end - at) continue;
    // Erased records hold random bytes.
    if (!header.erased() && !header.tombstone() &&
        !LooksLikeSubject(bytes_.substr(at + v1::kRecordHeaderSize, header.subject_size))) {
      continue;
    }
    if (!Spend(at)) return end;
    BlockItem ignored;
    if (!RecordAt(at, ignored)) continue;
    const std::size_t behind = at + header.length;
    if (length_leads ? LeadsTo(behind, end) : (Spend(behind) && Follows(behind))) return at;
  }
  return end;
}

void BlockScanner::SetDamage(std::size_t end, BlockItem& item) {
  const std::size_t left = bytes_.size() - offset_;
  item = {};
  item.kind = BlockItemKind::kDamage;
  item.offset = offset_;
  item.size = end - offset_;
  if (left < v1::kEmptyRecordSize) {
    item.what = "the block ends inside a record";
    return;
  }
  const v1::RecordHeader header = v1::DecodeRecordHeader(bytes_.data() + offset_);
  if (!header.Sane()) {
    item.what = "the length of a record is out of range";
  } else if (header.length > left) {
    item.what = "the block ends inside a record, or its length is damaged";
  } else {
    item.what = "the checksum of a record is wrong";
  }
  item.sequence = header.sequence();
}

bool BlockScanner::Next(BlockItem& item) {
  while (offset_ < bytes_.size()) {
    if (!RecordAt(offset_, item)) {
      const std::size_t next = NextAfter(offset_);
      SetDamage(next, item);
      offset_ = next;
      return true;
    }
    offset_ += item.size;
    if (item.sequence == 0) continue;
    if (item.kind == BlockItemKind::kTombstone) return true;
    if (item.sequence <= last_) continue;
    last_ = item.sequence;
    return true;
  }
  return false;
}

}  // namespace jetkeep::filestore
