#include "service/repository/segments/segment_writer.h"

#include <utility>

namespace jetkeep {
namespace {

// Keeps an index below a megabyte, however well its blocks compress.
constexpr std::size_t kMaxBlocks = 16384;

}  // namespace

SegmentWriter::SegmentWriter(Store& store, LineagePath place, std::string backup_id,
                             std::uint64_t segment_bytes)
    : store_(store),
      place_(std::move(place)),
      backup_id_(std::move(backup_id)),
      segment_bytes_(segment_bytes) {}

Status SegmentWriter::Begin() {
  if (started_ == kMaxSegmentNumber) {
    return Fail(Errc::kStorageError, "the backup needs more than 999999 segments",
                "Make segments larger.");
  }
  name_ = SegmentName(backup_id_, ++started_);
  id_ = SegmentIdOf(name_);
  JETKEEP_ASSIGN(file_, store_.Create(place_.Segment(name_)));
  const std::string header = EncodeSegmentHeader(id_);
  JETKEEP_TRY(file_->Append(header));
  offset_ = header.size();
  stored_bytes_ += header.size();
  blocks_.clear();
  return {};
}

Status SegmentWriter::Append(BlockInfo info, PackedBlock& block) {
  if (!file_) JETKEEP_TRY(Begin());
  info.offset = offset_;
  EncodeBlockHeader(id_, static_cast<std::uint32_t>(blocks_.size()),
                    {block.front.view().substr(kBlockHeaderBytes), block.chunks.view()}, info,
                    block.front.data());
  JETKEEP_TRY(file_->Append(block.front.view()));
  if (!block.chunks.empty()) JETKEEP_TRY(file_->Append(block.chunks.view()));
  const std::uint64_t size = block.front.size() + block.chunks.size();
  offset_ += size;
  stored_bytes_ += size;
  blocks_.push_back(info);
  if (offset_ >= segment_bytes_ || blocks_.size() >= kMaxBlocks) return Close();
  return {};
}

Status SegmentWriter::Close() {
  const SegmentTail tail = EncodeSegmentTail(id_, blocks_);
  JETKEEP_TRY(file_->Append(tail.bytes));
  JETKEEP_TRY(file_->Commit(Durability::kDurable));
  file_.reset();
  stored_bytes_ += tail.bytes.size();
  SegmentRef ref;
  ref.name = name_;
  ref.first_sequence = blocks_.front().first_sequence;
  ref.last_sequence = blocks_.back().last_sequence;
  for (const BlockInfo& info : blocks_) {
    ref.records += info.records;
    ref.raw_bytes += info.raw_bytes;
  }
  ref.stored_bytes = offset_ + tail.bytes.size();
  ref.blocks = blocks_.size();
  ref.digest = tail.digest;
  segments_.push_back(std::move(ref));
  return {};
}

Status SegmentWriter::Finish() {
  if (file_) JETKEEP_TRY(Close());
  if (flushed_ == segments_.size()) return {};
  JETKEEP_TRY(store_.Flush(place_.segments()));
  flushed_ = segments_.size();
  return {};
}

void SegmentWriter::Abandon() {
  file_.reset();
  std::vector<std::string> written;
  for (std::uint32_t number = 1; number <= started_; ++number) {
    written.push_back(place_.Segment(SegmentName(backup_id_, number)));
  }
  started_ = 0;
  // What cannot be removed now, the next clean-up removes.
  static_cast<void>(store_.RemoveAll(written));
}

}  // namespace jetkeep
