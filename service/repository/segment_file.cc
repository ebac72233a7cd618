#include "service/repository/segment_file.h"

#include <algorithm>
#include <utility>

#include "service/repository/block_codec.h"
#include "service/repository/catalog.h"

namespace jetkeep {
namespace {

Status Mismatch(bool same, const char* what) {
  if (same) return {};
  return Fail(Errc::kRepositoryCorrupt, std::string(what) + " differs from the manifest",
              "Copy the file again from a replica of the repository, or use another backup.");
}

// Areas are of newer versions: there is no use for them here, but every bit of the file counts.
Status CheckArea(const ReadableFile& file, const SegmentArea& area) {
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

}  // namespace

Result<std::shared_ptr<const SegmentFile>> SegmentFile::Open(FileSystem& files,
                                                             const LineagePath& place,
                                                             const SegmentRef& ref) {
  auto segment = std::make_shared<SegmentFile>();
  segment->path_ = place.Segment(ref.name);
  segment->id_ = SegmentIdOf(ref.name);
  const auto open = [&]() -> Status {
    JETKEEP_ASSIGN(segment->file_, OpenIfThere(files, segment->path_));
    if (!segment->file_) return Fail(Errc::kRepositoryCorrupt, "the file is missing");
    const ReadableFile& file = *segment->file_;
    JETKEEP_TRY(Mismatch(file.size() == ref.stored_bytes, "its length"));
    if (file.size() < kSegmentHeaderBytes + kSegmentFooterBytes) {
      return Fail(Errc::kRepositoryCorrupt, "the file is too short");
    }
    std::string header(kSegmentHeaderBytes, '\0');
    std::string footer_bytes(kSegmentFooterBytes, '\0');
    JETKEEP_TRY(file.ReadAt(0, header.size(), header.data()));
    JETKEEP_TRY(
        file.ReadAt(file.size() - footer_bytes.size(), footer_bytes.size(), footer_bytes.data()));
    JETKEEP_ASSIGN(const SegmentFooter footer, ParseSegmentFooter(footer_bytes, file.size()));
    JETKEEP_TRY(Mismatch(footer.digest == ref.digest, "its digest"));
    std::string tail(static_cast<std::size_t>(footer.tail_bytes), '\0');
    JETKEEP_TRY(file.ReadAt(footer.index_offset, tail.size(), tail.data()));
    JETKEEP_ASSIGN(segment->index_, ParseSegmentIndex(segment->id_, header, tail, footer_bytes));
    for (const SegmentArea& area : segment->index_.areas) JETKEEP_TRY(CheckArea(file, area));
    return Mismatch(footer.records == ref.records && footer.raw_bytes == ref.raw_bytes &&
                        footer.blocks == ref.blocks &&
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
  stored.Clear();
  stored.Resize(kBlockHeaderBytes + info.stored_bytes);
  JETKEEP_TRY(file_->ReadAt(info.offset, stored.size(), stored.data()));
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
