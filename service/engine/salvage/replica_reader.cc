#include "service/engine/salvage/replica_reader.h"

#include <algorithm>
#include <utility>

#include "jetkeep/snapshot.h"
#include "protocol/codec/little_endian.h"
#include "protocol/filestore/block_image.h"
#include "protocol/v1/block_number.h"

namespace jetkeep {
namespace {

constexpr std::string_view kMessages = "msgs";
// Where servers from 2.14 prepare what a purge leaves; with a block in it the purge had happened.
constexpr std::string_view kPurgedMessages = "__new_msgs__";
constexpr std::string_view kIndexFile = "index.db";
// Of an encrypted one, which is read whole.
constexpr std::uint64_t kMostIndexBytes = std::uint64_t{16} << 20;
constexpr std::uint64_t kMostBlockIndexBytes = std::uint64_t{4} << 20;
// No stream comes near; a damaged server's figure would make sets of all sequences.
constexpr std::uint64_t kMostSequence = v1::kTombstoneBit - 1;

// Takes what a delete map says.
class Deletions final : public SnapshotHandler {
 public:
  explicit Deletions(SequenceSet& set) : set_(set) {}
  Status OnStreamMeta(std::string_view) override { return {}; }
  Status OnRecord(const RecordView&) override { return {}; }
  Status OnDeleted(std::uint64_t first, std::uint64_t last) override {
    set_.AddRange(first, std::min(last, kMostSequence));
    return {};
  }
  Status OnConsumer(ConsumerBackup) override { return {}; }
  Status OnDamage(ArchiveDamage) override { return {}; }

 private:
  SequenceSet& set_;
};

}  // namespace

ReplicaReader::ReplicaReader(const SourceFolder& folder, ReplicaPlace place,
                             const StoreSecrets& secrets, const CancelToken& cancel)
    : folder_(folder), place_(std::move(place)), secrets_(secrets), cancel_(cancel) {}

void ReplicaReader::Damage(std::string what) {
  findings_.AddDamage(std::to_string(number_) + ".blk", std::move(what));
  damage_before_ = true;
}

Status ReplicaReader::FindMessages() {
  JETKEEP_ASSIGN(const std::vector<SourceEntry> own, folder_.List());
  const auto open = [&](std::string_view name) -> Result<bool> {
    const bool there = std::any_of(own.begin(), own.end(), [&](const SourceEntry& entry) {
      return entry.name == name && entry.kind == SourceEntryKind::kFolder;
    });
    if (!there) return false;
    JETKEEP_ASSIGN(messages_, folder_.OpenFolder(std::string(name)));
    JETKEEP_ASSIGN(const std::vector<SourceEntry> entries, messages_->List());
    numbers_.clear();
    block_indexes_.Clear();
    for (const SourceEntry& entry : entries) {
      if (const auto number = v1::BlockNumber(entry.name, ".blk")) numbers_.push_back(*number);
      if (const auto number = v1::BlockNumber(entry.name, ".idx")) block_indexes_.Add(*number);
    }
    std::sort(numbers_.begin(), numbers_.end());
    return true;
  };
  JETKEEP_ASSIGN(const bool purged, open(kPurgedMessages));
  if (purged && !numbers_.empty()) {
    findings_.notes.emplace_back(
        "the stream was being purged: what the purge leaves is taken, as a server would");
    return {};
  }
  numbers_.clear();
  messages_.reset();
  JETKEEP_ASSIGN(const bool there, open(kMessages));
  if (!there) findings_.AddDamage(std::string(kMessages), "the folder of the messages is missing");
  return {};
}

void ReplicaReader::ReadIndex() {
  if (!messages_) return;
  auto file = messages_->OpenFile(std::string(kIndexFile));
  if (!file) return;
  Deletions deletions(index_deleted_);
  v1::IndexDbParser parser(place_.stream);
  auto stream_key = folder_.ReadWhole("meta.key", filestore::kMaxKeyFileBytes);
  if (stream_key) {
    const auto key = filestore::OpenKeyFile(secrets_, place_.account,
                                            filestore::StreamContext(place_.stream), *stream_key);
    auto sealed = messages_->ReadWhole(std::string(kIndexFile), kMostIndexBytes);
    if (!key || !sealed || sealed->size() < v1::kChecksumSize) return;
    const std::string_view body =
        std::string_view(*sealed).substr(0, sealed->size() - v1::kChecksumSize);
    const HighwayKey name_key = v1::NameKey(place_.stream);
    if (Highway64(name_key, {body}) != LoadU64(body.data() + body.size())) return;
    const auto plain = OpenSealed(key->cipher, key->seed, body);
    if (!plain) return;
    char checksum[v1::kChecksumSize];
    StoreU64(checksum, Highway64(name_key, {*plain}));
    parser.Feed(*plain);
    parser.Feed(std::string_view(checksum, sizeof(checksum)));
  } else {
    for (;;) {
      const auto bytes = (*file)->Read();
      if (!bytes || bytes->empty()) break;
      parser.Feed(*bytes);
    }
  }
  auto report = parser.Finish(deletions);
  if (!report || !report->usable || report->last_sequence > kMostSequence) {
    index_deleted_.Clear();
    return;
  }
  index_ = *report;
  findings_.has_index = true;
}

Status ReplicaReader::Begin() {
  begun_ = true;
  JETKEEP_TRY(FindMessages());
  ReadIndex();
  findings_.blocks = numbers_.size();
  if (!numbers_.empty()) findings_.first_block = numbers_.front();
  return {};
}

std::string ReplicaReader::Decrypted(std::uint32_t number, std::string file) {
  key_.reset();
  if (!messages_) return file;
  const auto sealed =
      messages_->ReadWhole(std::to_string(number) + ".key", filestore::kMaxKeyFileBytes);
  if (!sealed) {
    const bool encrypted = folder_.OpenFile("meta.key").has_value();
    if (encrypted) {
      findings_.notes.push_back("block " + std::to_string(number) +
                                " has no key file: it is read as if it were not encrypted");
    }
    return file;
  }
  key_ = filestore::OpenKeyFile(secrets_, place_.account,
                                filestore::BlockContext(place_.stream, number), *sealed);
  if (!key_) {
    Damage(secrets_.empty() ? "it is encrypted, and no key was given"
                            : "its key file does not open with the key that was given");
    return {};
  }
  ApplyKeyStream(key_->cipher, key_->seed, key_->nonce, file.data(), file.size());
  return file;
}

void ReplicaReader::ReadBlock(std::uint32_t number) {
  block_gap_ |= number != number_ + 1;  // a stream's first block has number 1
  number_ = number;
  file_is_empty_ = false;
  index_says_empty_ = false;
  first_in_block_ = 0;
  last_checksum_ = 0;
  bytes_.clear();
  auto file = messages_->ReadWhole(std::to_string(number) + ".blk", filestore::kMaxBlockBytes);
  if (!file) {
    Damage(file.error().message);
    return;
  }
  file_is_empty_ = file->empty();
  filestore::BlockImage image = filestore::UnpackBlock(Decrypted(number, *std::move(file)));
  if (!image.problem.empty()) Damage(image.problem);
  bytes_ = std::move(image.bytes);
}

Result<bool> ReplicaReader::OpenBlock() {
  if (next_block_ == numbers_.size()) return false;
  JETKEEP_TRY(cancel_.Check());
  ReadBlock(numbers_[next_block_++]);
  scanner_.emplace(place_.stream, number_, bytes_, last_);
  return true;
}

// Before a record of the block at hand.
bool ReplicaReader::GapIsProved() const {
  if (block_gap_) return false;
  return first_in_block_ != 0 || (number_ == 1 && last_ == 0);
}

// What lies between the last sequence that was read and this one.
void ReplicaReader::TakeGap(std::uint64_t sequence) {
  const std::uint64_t first = last_ + 1;
  if (sequence > first) {
    if (damage_before_) {
      findings_.damaged.AddRange(first, sequence - 1);
    } else if (GapIsProved()) {
      findings_.compacted.AddRange(first, sequence - 1);
    } else {
      findings_.unknown.AddRange(first, sequence - 1);
    }
  }
  if (first_in_block_ == 0) first_in_block_ = sequence;
  damage_before_ = false;
  block_gap_ = false;
}

void ReplicaReader::TakeItem(const filestore::BlockItem& item) {
  if (item.kind == filestore::BlockItemKind::kDamage) {
    std::string what = "at offset " + std::to_string(item.offset) + ", " +
                       std::to_string(item.size) + " bytes: " + item.what;
    if (item.sequence != 0 && item.sequence <= kMostSequence) {
      what += " (it claims to be sequence " + std::to_string(item.sequence) + ")";
    }
    return Damage(std::move(what));
  }
  last_checksum_ = item.checksum;
  if (number_ == index_.last_block && item.checksum == index_.last_checksum) index_proved_ = true;
  if (item.sequence > kMostSequence) return;
  if (item.kind == filestore::BlockItemKind::kTombstone) {
    findings_.deleted.Add(item.sequence);
    // It stands behind the message that it names, and behind all before that.
    if (item.sequence > last_) {
      TakeGap(item.sequence);
      last_ = item.sequence;
    }
  } else {
    TakeGap(item.sequence);
    last_ = item.sequence;
    if (item.kind == filestore::BlockItemKind::kErased) {
      findings_.deleted.Add(item.sequence);
    } else {
      findings_.present.Add(item.sequence);
    }
  }
  if (item.sequence >= findings_.last_sequence) {
    findings_.last_sequence = item.sequence;
    findings_.last_time_ns = item.timestamp_ns;
  }
}

// Servers before 2.10 write no tombstones: the map of each block has the deleted sequences.
void ReplicaReader::ReadBlockIndex() {
  if (!block_indexes_.Contains(number_)) return;
  auto content = messages_->ReadWhole(std::to_string(number_) + ".idx", kMostBlockIndexBytes);
  if (!content) return;
  if (key_) {
    const auto plain = OpenSealed(key_->cipher, key_->seed, key_->nonce + *content);
    if (!plain) return;
    content = *plain;
  }
  v1::BlockIndex index(*content);
  SequenceSet deleted;
  Deletions deletions(deleted);
  // What lies below the block is judged by the numbers of the blocks.
  const std::uint64_t before = first_in_block_ == 0 ? last_ : first_in_block_ - 1;
  const auto report = index.Finish(bytes_.size(), last_checksum_, before, deletions);
  if (report && report->other_content && report->last_sequence <= kMostSequence &&
      report->last_sequence > std::max(last_, before)) {
    findings_.last_sequence = std::max(findings_.last_sequence, report->last_sequence);
    findings_.last_time_ns = 0;
    Damage("its index counts messages up to sequence " + std::to_string(report->last_sequence) +
           ": the file ends before that");
    return;
  }
  if (!report || !report->usable || report->last_sequence > kMostSequence) {
    findings_.notes.push_back("block " + std::to_string(number_) +
                              ": its index is not of this block, so messages that were deleted "
                              "from it may be back");
    return;
  }
  index_says_empty_ = report->messages == 0;
  findings_.deleted.Union(deleted);
  if (report->last_sequence > findings_.last_sequence) {
    findings_.last_sequence = report->last_sequence;
    findings_.deleted.AddRange(std::max(last_, before) + 1, report->last_sequence);
  }
}

// Servers make a block before they write to it, and keep an empty one only as the last.
bool ReplicaReader::EmptyIsProved() const {
  return index_says_empty_ || (findings_.has_index && index_.last_block == number_ &&
                               index_.last_checksum == 0 && index_.last_sequence == last_);
}

void ReplicaReader::EndBlock() {
  scanner_.reset();
  ReadBlockIndex();
  if (!file_is_empty_ || EmptyIsProved()) return;
  if (numbers_.size() == 1 && number_ == 1) {
    // A new stream has this too.
    findings_.only_block_is_empty = true;
    return;
  }
  Damage("the file is empty");
}

void ReplicaReader::End() {
  findings_.end_is_damaged = damage_before_;
  bytes_ = {};
  first_in_block_ = 0;
  TakeGap(findings_.last_sequence + 1);  // where only tombstones tell of the last ones
  if (!findings_.has_index) return;
  if (index_proved_) {
    if (index_.first_sequence > 1) index_deleted_.AddRange(1, index_.first_sequence - 1);
    findings_.deleted.Union(index_deleted_);
  } else if (index_.last_sequence > 0) {
    findings_.notes.emplace_back(
        "index.db is not of these blocks, or its last block is damaged: what it calls deleted is "
        "not taken for deleted");
  }
  SequenceSet live;
  live.AddRange(std::max<std::uint64_t>(index_.first_sequence, 1), index_.last_sequence);
  live.Subtract(index_deleted_);
  live.Subtract(findings_.present);
  live.Subtract(findings_.deleted);
  live.Subtract(findings_.compacted);
  findings_.missing = std::move(live);
  findings_.index_is_fresh = index_proved_ && !numbers_.empty() &&
                             index_.last_block == numbers_.back() &&
                             index_.last_checksum == last_checksum_;
  // A sequence that an index of these blocks calls deleted explains a gap, whoever made it.
  if (!index_proved_) {
    SequenceSet gone = index_deleted_;
    gone.Subtract(findings_.present);
    if (index_.last_sequence < findings_.last_sequence) findings_.unknown.Subtract(gone);
  }
  if (index_.last_sequence > findings_.last_sequence) {
    findings_.last_sequence = index_.last_sequence;
    findings_.last_time_ns = 0;
  }
}

Result<const RecordView*> ReplicaReader::Next() {
  if (!begun_) JETKEEP_TRY(Begin());
  for (;;) {
    if (!scanner_) {
      JETKEEP_ASSIGN(const bool opened, OpenBlock());
      if (!opened) {
        End();
        return nullptr;
      }
    }
    filestore::BlockItem item;
    if (!scanner_->Next(item)) {
      EndBlock();
      continue;
    }
    TakeItem(item);
    if (item.kind != filestore::BlockItemKind::kRecord || item.sequence > kMostSequence) continue;
    record_ = item.record;
    return &record_;
  }
}

}  // namespace jetkeep
