#include "protocol/repository/archive_piece.h"

#include <functional>
#include <utility>

#include "protocol/codec/little_endian.h"
#include "protocol/codec/varint.h"
#include "protocol/v1/record.h"
#include "protocol/v2/entry.h"

namespace jetkeep {
namespace {

// u32 format of the archive, u32 length of the head; the runs follow.
constexpr std::size_t kFixedHeadBytes = 8;

constexpr std::uint32_t NumberOf(ArchiveFormat format) {
  return format == ArchiveFormat::kV1Tar ? 1 : 2;
}

bool Inside(std::string_view inner, std::string_view outer) {
  const std::less_equal<const char*> at_most;
  return !inner.empty() && at_most(outer.data(), inner.data()) &&
         at_most(inner.data() + inner.size(), outer.data() + outer.size());
}

}  // namespace

void PieceBuilder::Begin(const ArchivePiece& piece) {
  piece_ = piece;
  runs_.clear();
  covered_ = 0;
}

bool PieceBuilder::Add(const RecordView& record) {
  if (!Inside(record.encoded, piece_.bytes)) return false;
  const auto begin = static_cast<std::size_t>(record.encoded.data() - piece_.bytes.data());
  const std::size_t end = begin + record.encoded.size();
  if (!runs_.empty() && runs_.back().end == begin) {
    runs_.back().end = end;
  } else {
    if (runs_.size() == kMaxPieceRuns || (!runs_.empty() && begin < runs_.back().end)) return false;
    runs_.push_back({begin, end});
  }
  format_ = record.format;
  covered_ += record.encoded.size();
  return true;
}

std::size_t PieceBuilder::HeadBytes() const {
  std::size_t size = kFixedHeadBytes;
  std::size_t before = 0;
  for (const Run& run : runs_) {
    size += UvarintSize(run.begin - before) + UvarintSize(run.end - run.begin);
    before = run.end;
  }
  return size;
}

void PieceBuilder::AppendHead(ByteBuffer& out) const {
  const std::size_t size = HeadBytes();
  char* at = out.Extend(size);
  StoreU32(at, NumberOf(format_));
  StoreU32(at + 4, static_cast<std::uint32_t>(size));
  at += kFixedHeadBytes;
  std::size_t before = 0;
  for (const Run& run : runs_) {
    at = PutUvarint(at, run.begin - before);
    at = PutUvarint(at, run.end - run.begin);
    before = run.end;
  }
}

Result<std::size_t> PieceHeadBytes(std::string_view bytes) {
  if (bytes.size() >= kFixedHeadBytes) {
    const std::size_t size = LoadU32(bytes.data() + 4);
    if (size >= kFixedHeadBytes && size <= kMaxPieceHeadBytes && size <= bytes.size()) return size;
  }
  return Fail(Errc::kRepositoryCorrupt, "the head of an archive's piece has a wrong length");
}

PieceRecords::PieceRecords(std::string_view raw) {
  const auto head = PieceHeadBytes(raw);
  if (head) *this = PieceRecords(raw.substr(0, *head), raw.substr(*head));
}

PieceRecords::PieceRecords(std::string_view head, std::string_view piece) {
  const std::uint32_t format = LoadU32(head.data());
  const bool v2 = format == NumberOf(ArchiveFormat::kV2Natsarc);
  if (!v2 && format != NumberOf(ArchiveFormat::kV1Tar)) return;
  format_ = v2 ? ArchiveFormat::kV2Natsarc : ArchiveFormat::kV1Tar;
  runs_ = head.substr(kFixedHeadBytes);
  piece_ = piece;
  good_ = true;
}

bool PieceRecords::BeginRun() {
  std::uint64_t gap = 0;
  std::uint64_t size = 0;
  if (!GetUvarint(runs_, gap) || !GetUvarint(runs_, size) || gap > piece_.size() ||
      size > piece_.size() - gap || size == 0) {
    return false;
  }
  run_ = piece_.substr(static_cast<std::size_t>(gap), static_cast<std::size_t>(size));
  piece_.remove_prefix(static_cast<std::size_t>(gap + size));
  return true;
}

bool PieceRecords::Take(RecordView& record) {
  if (format_ == ArchiveFormat::kV2Natsarc) {
    v2::Entry entry;
    std::size_t size = 0;
    if (v2::ParseEntry(run_, entry, size) != v2::ParseOutcome::kComplete) return false;
    record = entry.AsRecord();
    run_.remove_prefix(size);
    return true;
  }
  if (run_.size() < v1::kRecordHeaderSize) return false;
  const v1::RecordHeader header = v1::DecodeRecordHeader(run_.data());
  if (!header.Sane() || header.length > run_.size() || header.erased() || header.tombstone() ||
      !v1::SplitRecord(header, run_.substr(0, header.length), record)) {
    return false;
  }
  run_.remove_prefix(header.length);
  return true;
}

bool PieceRecords::Next(RecordView& record) {
  if (!good_ || (run_.empty() && runs_.empty())) return false;
  good_ = (!run_.empty() || BeginRun()) && Take(record);
  return good_;
}

}  // namespace jetkeep
