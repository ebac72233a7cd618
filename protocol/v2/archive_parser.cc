#include "protocol/v2/archive_parser.h"

#include <algorithm>
#include <string>

namespace jetkeep::v2 {
namespace {

// A buffer that had to hold a larger entry is given back.
constexpr std::size_t kKeptBuffer = 1024 * 1024;

}  // namespace

tl::unexpected<Error> ArchiveParser::Corrupt(std::string_view what) const {
  return Fail(Errc::kArchiveCorrupt,
              "entry at offset " + std::to_string(offset_) + ": " + std::string(what));
}

Status ArchiveParser::Feed(std::string_view bytes) {
  if (stage_ == Stage::kStart) JETKEEP_TRY(TakeMagic(bytes));
  while (!bytes.empty()) {
    if (stage_ == Stage::kEnded) {
      return Fail(Errc::kArchiveCorrupt,
                  "bytes after the end entry, at offset " + std::to_string(offset_));
    }
    if (!partial_.empty()) {
      JETKEEP_TRY(TakeBuffered(bytes));
      continue;
    }
    Entry entry;
    std::size_t size = 0;
    switch (ParseEntry(bytes, entry, size)) {
      case ParseOutcome::kCorrupt:
        return Corrupt("impossible numbers");
      case ParseOutcome::kNeedMore:
        partial_.Append(bytes);
        return {};
      case ParseOutcome::kComplete:
        bytes.remove_prefix(size);
        JETKEEP_TRY(OnEntry(entry, size));
        break;
    }
  }
  return {};
}

Status ArchiveParser::TakeMagic(std::string_view& bytes) {
  const std::size_t count = std::min(bytes.size(), kMagic.size() - partial_.size());
  if (kMagic.substr(partial_.size(), count) != bytes.substr(0, count)) {
    return Fail(Errc::kArchiveCorrupt, "the archive does not begin with NATSARC1");
  }
  partial_.Append(bytes.substr(0, count));
  bytes.remove_prefix(count);
  if (partial_.size() == kMagic.size()) {
    partial_.Clear();
    offset_ = kMagic.size();
    stage_ = Stage::kState;
  }
  return {};
}

// Moves bytes to the partial entry, as few as complete it.
Status ArchiveParser::TakeBuffered(std::string_view& bytes) {
  Entry entry;
  std::size_t size = 0;
  ParseOutcome outcome = ParseEntry(partial_.view(), entry, size);
  if (outcome == ParseOutcome::kNeedMore) {
    // While the size is unknown, one byte more at a time: the numbers are few and short.
    const std::size_t missing = size == 0 ? 1 : size - partial_.size();
    const std::size_t count = std::min(missing, bytes.size());
    // At once: growing step by step takes twice a large entry's memory.
    partial_.Reserve(partial_.size() + missing);
    partial_.Append(bytes.substr(0, count));
    bytes.remove_prefix(count);
    outcome = ParseEntry(partial_.view(), entry, size);
  }
  if (outcome == ParseOutcome::kCorrupt) return Corrupt("impossible numbers");
  if (outcome == ParseOutcome::kNeedMore) return {};
  JETKEEP_TRY(OnEntry(entry, size));
  partial_.Clear();
  if (partial_.capacity() > kKeptBuffer) partial_.Release();
  return {};
}

Status ArchiveParser::OnEntry(const Entry& entry, std::size_t size) {
  JETKEEP_TRY(entry.sequence == 0 ? OnMetaEntry(entry) : OnMessage(entry));
  offset_ += size;
  return {};
}

Status ArchiveParser::OnMetaEntry(const Entry& entry) {
  if (stage_ == Stage::kState) {
    if (entry.name != kStateName) return Corrupt("the first entry is not state.json");
    stage_ = Stage::kConsumers;
    return handler_.OnState(entry.payload);
  }
  if (entry.IsEnd()) {
    stage_ = Stage::kEnded;
    return {};
  }
  if (stage_ != Stage::kConsumers) return Corrupt("a message has no sequence");
  if (!entry.name.starts_with(kConsumerPrefix) || entry.name.size() == kConsumerPrefix.size()) {
    return Corrupt("neither a consumer nor a message");
  }
  ++consumers_;
  return handler_.OnConsumerEntry(entry.name.substr(kConsumerPrefix.size()), entry.payload);
}

Status ArchiveParser::OnMessage(const Entry& entry) {
  if (stage_ == Stage::kState) return Corrupt("the first entry is not state.json");
  stage_ = Stage::kRecords;
  if (entry.sequence <= last_sequence_) {
    return Corrupt("sequence " + std::to_string(entry.sequence) + " comes after " +
                   std::to_string(last_sequence_));
  }
  last_sequence_ = entry.sequence;
  ++records_;
  return handler_.OnRecord(entry.AsRecord());
}

Status ArchiveParser::Finish() {
  if (stage_ == Stage::kEnded) return {};
  return Fail(Errc::kSnapshotIncomplete,
              "the archive stops at offset " + std::to_string(offset_ + partial_.size()) +
                  " after sequence " + std::to_string(last_sequence_) + ", without its end entry");
}

Status ArchiveParser::Drive(ByteSource& source) {
  for (;;) {
    JETKEEP_ASSIGN(const std::string_view bytes, source.Read());
    if (bytes.empty()) return Finish();
    JETKEEP_TRY(Feed(bytes));
  }
}

}  // namespace jetkeep::v2
