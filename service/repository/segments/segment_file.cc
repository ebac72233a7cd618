#include "service/repository/segments/segment_file.h"

#include <algorithm>
#include <utility>

#include "service/repository/segments/block_codec.h"

namespace jetkeep {
namespace {

Status Mismatch(bool same, const char* what) {
  if (same) return {};
  return Fail(Errc::kRepositoryCorrupt, std::string(what) + " differs from the manifest",
              "Copy the file again from a replica of the repository, or use another backup.");
}

// Areas are of newer versions: there is no use for them here, but every bit of the file counts.
Status CheckArea(const ObjectReader& file, const SegmentArea& area) {
  Blake2bHasher hasher;
  std::string bytes;
  for (std::uint64_t at = 0; at < area.bytes; at += bytes.size()) {
    bytes.resize(static_cast<std::size_t>(std::min<std::uint64_t>(area.bytes - at, 64 * 1024)));
    JETKEEP_TRY(file.ReadAt(area.offset + at, bytes.size(), bytes.data()));
    hasher.Update(bytes);
  }
  if (hasher.Finish() == area.digest) return {};
  return Fail(Errc::kRepositoryCorrupt, "the digest of its area \"" + area.name + "\" is wrong");
}

// The end of a segment: index, list of areas, footer.
struct Tail {
  std::string bytes;
  SegmentFooter footer;
  std::string_view footer_bytes() const {
    return std::string_view(bytes).substr(bytes.size() - kSegmentFooterBytes);
  }
  std::string_view index() const {
    return std::string_view(bytes).substr(0, bytes.size() - kSegmentFooterBytes);
  }
};

// In one round trip where the index is as long as this version writes it, else in two.
Result<Tail> ReadTail(const ObjectReader& file, std::uint64_t blocks) {
  if (file.size() < kSegmentHeaderBytes + kSegmentFooterBytes) {
    return Fail(Errc::kRepositoryCorrupt, "the file is too short");
  }
  const std::uint64_t most = file.size() - kSegmentHeaderBytes;
  const std::uint64_t expected =
      std::min<std::uint64_t>(blocks, kMaxBlocksPerSegment) * kIndexEntryBytes;
  Tail tail;
  tail.bytes.resize(
      static_cast<std::size_t>(std::min<std::uint64_t>(most, expected + kSegmentFooterBytes)));
  JETKEEP_TRY(file.ReadAt(file.size() - tail.bytes.size(), tail.bytes.size(), tail.bytes.data()));
  JETKEEP_ASSIGN(tail.footer, ParseSegmentFooter(tail.footer_bytes(), file.size()));
  const std::uint64_t needed = tail.footer.tail_bytes + kSegmentFooterBytes;
  if (needed > tail.bytes.size()) {
    std::string front(static_cast<std::size_t>(needed - tail.bytes.size()), '\0');
    JETKEEP_TRY(file.ReadAt(file.size() - needed, front.size(), front.data()));
    tail.bytes.insert(0, front);
  } else {
    tail.bytes.erase(0, static_cast<std::size_t>(tail.bytes.size() - needed));
  }
  return tail;
}

}  // namespace

Result<std::shared_ptr<const SegmentFile>> SegmentFile::Open(Store& store, const LineagePath& place,
                                                             const SegmentRef& ref) {
  auto segment = std::make_shared<SegmentFile>();
  segment->path_ = place.Segment(ref.name);
  segment->id_ = SegmentIdOf(ref.name);
  const auto open = [&]() -> Status {
    JETKEEP_ASSIGN(segment->file_, store.Open(segment->path_, ref.stored_bytes));
    if (!segment->file_) return Fail(Errc::kRepositoryCorrupt, "the file is missing");
    const ObjectReader& file = *segment->file_;
    JETKEEP_ASSIGN(const Tail tail, ReadTail(file, ref.blocks));
    JETKEEP_TRY(Mismatch(tail.footer.digest == ref.digest, "its digest"));
    // What stands at the front follows from the name; it is compared when the first block is read.
    segment->header_ = EncodeSegmentHeader(segment->id_, tail.footer.version);
    JETKEEP_ASSIGN(segment->index_, ParseSegmentIndex(segment->id_, segment->header_, tail.index(),
                                                      tail.footer_bytes()));
    for (const SegmentArea& area : segment->index_.areas) JETKEEP_TRY(CheckArea(file, area));
    return Mismatch(tail.footer.records == ref.records && tail.footer.raw_bytes == ref.raw_bytes &&
                        tail.footer.blocks == ref.blocks &&
                        segment->blocks().front().first_sequence == ref.first_sequence &&
                        segment->blocks().back().last_sequence == ref.last_sequence,
                    "its index");
  };
  Status opened = open();
  if (!opened) return Fail(std::move(opened).error().Within(segment->path_));
  return std::shared_ptr<const SegmentFile>(std::move(segment));
}

Result<std::string_view> SegmentFile::Fetch(std::size_t number, ByteBuffer& stored) const {
  const BlockInfo& info = blocks()[number];
  // The header of the file comes with the first block: every bit is read, without a trip of its
  // own.
  const std::size_t front = number == 0 ? kSegmentHeaderBytes : 0;
  stored.Clear();
  stored.Resize(front + kBlockHeaderBytes + info.stored_bytes);
  JETKEEP_TRY(file_->ReadAt(info.offset - front, stored.size(), stored.data()));
  if (stored.view().substr(0, front) != std::string_view(header_).substr(0, front)) {
    return Fail(Errc::kRepositoryCorrupt,
                "the segment's header is damaged or belongs to another segment",
                "Copy the file again from a replica of the repository, or use another backup.");
  }
  stored.RemovePrefix(front);
  return CheckBlock(id_, static_cast<std::uint32_t>(number), info, stored.view());
}

Status SegmentFile::Named(Status status, std::size_t number) const {
  if (status) return status;
  return Fail(std::move(status).error().Within(path_ + ": block " + std::to_string(number)));
}

Status SegmentFile::ReadBlock(std::size_t number, ByteBuffer& stored, ByteBuffer& raw) const {
  const auto read = [&]() -> Status {
    JETKEEP_ASSIGN(const std::string_view bytes, Fetch(number, stored));
    const BlockInfo& info = blocks()[number];
    if (info.codec == BlockCodec::kRaw && bytes.size() == info.raw_bytes) {
      // What is not packed stays where it is.
      const auto before = static_cast<std::size_t>(bytes.data() - stored.data());
      const std::size_t size = bytes.size();
      stored.RemovePrefix(before);
      stored.Resize(size);
      std::swap(stored, raw);
      return {};
    }
    return UnpackBlock(bytes, info, raw);
  };
  return Named(read(), number);
}

Status SegmentFile::CheckStored(std::size_t number, ByteBuffer& stored) const {
  const auto check = [&]() -> Status {
    JETKEEP_TRY(Fetch(number, stored));
    return {};
  };
  return Named(check(), number);
}

}  // namespace jetkeep
