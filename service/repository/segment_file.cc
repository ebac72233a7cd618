#include "service/repository/segment_file.h"

#include <utility>

#include "service/repository/block_codec.h"

namespace jetkeep {
namespace {

Status Mismatch(bool same, const char* what) {
  if (same) return {};
  return Fail(Errc::kRepositoryCorrupt, std::string(what) + " differs from the manifest",
              "Copy the file again from a replica of the repository, or use another backup.");
}

}  // namespace

Result<std::shared_ptr<const SegmentFile>> SegmentFile::Open(FileSystem& files,
                                                             const LineagePath& place,
                                                             const SegmentRef& ref) {
  auto segment = std::make_shared<SegmentFile>();
  segment->path_ = place.Segment(ref.name);
  segment->id_ = SegmentIdOf(ref.name);
  const auto open = [&]() -> Status {
    JETKEEP_ASSIGN(const bool exists, files.Exists(segment->path_));
    if (!exists) return Fail(Errc::kRepositoryCorrupt, "the file is missing");
    JETKEEP_ASSIGN(segment->file_, files.Open(segment->path_));
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
    std::string index(static_cast<std::size_t>(footer.index_bytes()), '\0');
    JETKEEP_TRY(file.ReadAt(footer.index_offset, index.size(), index.data()));
    JETKEEP_ASSIGN(segment->blocks_, ParseSegmentIndex(segment->id_, header, index, footer_bytes));
    return Mismatch(footer.records == ref.records && footer.raw_bytes == ref.raw_bytes &&
                        footer.blocks == ref.blocks &&
                        segment->blocks_.front().first_sequence == ref.first_sequence &&
                        segment->blocks_.back().last_sequence == ref.last_sequence,
                    "its index");
  };
  Status opened = open();
  if (!opened) return Fail(std::move(opened).error().Within(segment->path_));
  return std::shared_ptr<const SegmentFile>(std::move(segment));
}

Result<std::string_view> SegmentFile::Fetch(std::size_t number, ByteBuffer& stored) const {
  const BlockInfo& info = blocks_[number];
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
    return UnpackBlock(bytes, blocks_[number], raw);
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
