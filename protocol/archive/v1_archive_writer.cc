#include "protocol/archive/v1_archive_writer.h"

#include <algorithm>
#include <utility>

#include "protocol/base/names.h"
#include "protocol/js_config/stream_config.h"
#include "protocol/v1/consumer_state.h"
#include "protocol/v1/delete_map.h"
#include "protocol/v1/meta.h"

namespace jetkeep {
namespace {

// What such streams hold beside their messages is not in an index of the first version, and servers
// from 2.11 would look for it no further.
bool HasMoreThanMessages(const StreamConfigFacts& config) {
  const bool sourced = std::any_of(config.origins.begin(), config.origins.end(),
                                   [](const StreamOrigin& origin) { return !origin.mirrored; });
  return config.message_ttl || config.message_schedules || sourced;
}

}  // namespace

Status V1ArchiveWriter::Begin(const ArchiveContents& contents) {
  JETKEEP_TRY(CheckStreamName(contents.stream_name));
  auto meta = v1::BuildStreamMeta(contents.created, contents.config_json);
  if (!meta) {
    return Fail(std::move(meta).error().Within("configuration of stream " + contents.stream_name));
  }
  JETKEEP_ASSIGN(const StreamConfigFacts config, ReadStreamConfig(contents.config_json));
  JETKEEP_TRY(CheckNames(config, contents.stream_name));
  stream_name_ = contents.stream_name;
  state_ = contents.state;
  block_ = v1::BlockEncoder(stream_name_);
  if (gaps_ == Gaps::kErasedRecords ||
      (HasMoreThanMessages(config) && index_rule_ == Index::kIfMessagesOnly)) {
    index_.GiveUp();
  }
  for (const ConsumerBackup& consumer : contents.consumers) JETKEEP_TRY(EncodeConsumer(consumer));
  JETKEEP_TRY(WriteFile("meta.inf", *meta));
  return WriteFile("meta.sum", v1::StreamMetaSum(stream_name_, *meta));
}

Status V1ArchiveWriter::EncodeConsumer(const ConsumerBackup& consumer) {
  JETKEEP_TRY(CheckConsumerName(consumer.name));
  auto meta = v1::BuildConsumerMeta(consumer.created, consumer.name, consumer.config_json);
  if (!meta) {
    return Fail(std::move(meta).error().Within("configuration of consumer " + consumer.name));
  }
  std::string sum = v1::ConsumerMetaSum(stream_name_, consumer.name, *meta);
  // Servers keep an empty file for a consumer that has not delivered anything.
  std::string state =
      consumer.state == ConsumerState{} ? "" : v1::EncodeConsumerState(consumer.state);
  consumers_.push_back({consumer.name, *std::move(meta), std::move(sum), std::move(state)});
  return {};
}

Status V1ArchiveWriter::AddRecord(const RecordView& record) {
  if (record.sequence <= std::max(last_sequence_, deleted_until_) ||
      record.sequence >= v1::kTombstoneBit) {
    return Fail(Errc::kInternal, "sequence " + std::to_string(record.sequence) + " comes after " +
                                     std::to_string(std::max(last_sequence_, deleted_until_)));
  }
  if (!v1::BlockEncoder::Fits(record)) {
    return Fail(Errc::kRestoreRefused,
                "message " + std::to_string(record.sequence) + " is too large for any server");
  }
  // A gap in front of the first message need not be written.
  if (last_sequence_ != 0 && record.sequence != last_sequence_ + 1) {
    deleted_until_ = record.sequence - 1;
    JETKEEP_TRY(CloseGap());
  }
  if (!block_.empty() && block_.size() + v1::BlockEncoder::EncodedSize(record) > kBlockBytes) {
    JETKEEP_TRY(WriteBlock());
  }
  if (block_.empty()) block_sequence_ = record.sequence;
  block_.AppendMessage(record);
  index_.AddMessage(record, block_.number());
  last_sequence_ = record.sequence;
  last_time_ns_ = record.timestamp_ns;
  // A large message leaves memory before the next comes; erased records would have to follow it.
  if (gaps_ == Gaps::kHoles && block_.size() > kBlockBytes) return WriteBlock();
  return {};
}

Status V1ArchiveWriter::AddDeleted(std::uint64_t first, std::uint64_t last) {
  if (first <= last_sequence_ || last < first || last >= v1::kTombstoneBit) {
    return Fail(Errc::kInternal, "deleted sequences " + std::to_string(first) + " to " +
                                     std::to_string(last) + " come after " +
                                     std::to_string(last_sequence_));
  }
  deleted_until_ = std::max(deleted_until_, last);
  return {};
}

// Tells of last_sequence_ + 1 .. deleted_until_, behind a message.
Status V1ArchiveWriter::CloseGap() {
  if (block_.empty()) return {};
  if (deleted_until_ - last_sequence_ > kMaxGapInBlock ||
      deleted_until_ - block_sequence_ > kMaxSpanOfBlock) {
    return WriteBlock();
  }
  if (gaps_ == Gaps::kErasedRecords) EraseGap();
  return {};
}

void V1ArchiveWriter::EraseGap() {
  for (std::uint64_t sequence = last_sequence_ + 1; sequence <= deleted_until_; ++sequence) {
    block_.AppendErased(sequence, last_time_ns_);
  }
}

Status V1ArchiveWriter::WriteLastSequence() {
  const std::uint64_t last = std::max(deleted_until_, state_.last_sequence);
  if (last <= last_sequence_) return {};
  if (last >= v1::kTombstoneBit) return Fail(Errc::kInternal, "the last sequence is beyond 2^62");
  const std::int64_t time_ns = state_.last_time_ns != 0 ? state_.last_time_ns : last_time_ns_;
  deleted_until_ = last - 1;
  if (!block_.empty() && deleted_until_ - last_sequence_ < kMaxGapInBlock) {
    // Never a hole here: no server counts one that an erased record ends.
    EraseGap();
    block_.AppendErased(last, time_ns);
    index_.AddErasedEnd(last, time_ns, block_.number());
    return {};
  }
  if (!block_.empty()) JETKEEP_TRY(WriteBlock());
  block_.AppendErased(last, time_ns);
  index_.AddErasedEnd(last, time_ns, block_.number());
  JETKEEP_TRY(WriteFile("msgs/" + std::to_string(block_.number()) + ".idx",
                        v1::EncodeEmptyBlockIndex(last, time_ns, block_.last_checksum())));
  return {};
}

Status V1ArchiveWriter::Finish() {
  JETKEEP_TRY(WriteLastSequence());
  if (!block_.empty()) JETKEEP_TRY(WriteBlock());
  JETKEEP_TRY(WriteIndex());
  for (const Consumer& consumer : consumers_) {
    const std::string folder = "obs/" + consumer.name + "/";
    JETKEEP_TRY(WriteFile(folder + "meta.inf", consumer.meta));
    JETKEEP_TRY(WriteFile(folder + "meta.sum", consumer.meta_sum));
    JETKEEP_TRY(WriteFile(folder + "o.dat", consumer.state));
  }
  return files_.Finish();
}

Status V1ArchiveWriter::WriteBlock() {
  JETKEEP_TRY(WriteFile("msgs/" + std::to_string(block_.number()) + ".blk", block_.view()));
  last_checksum_ = block_.last_checksum();
  block_.Reset(block_.number() + 1);
  return {};
}

Status V1ArchiveWriter::WriteIndex() {
  JETKEEP_ASSIGN(const std::uint64_t size, index_.Close(last_checksum_));
  if (size == 0) return {};
  indexed_ = true;
  JETKEEP_TRY(files_.BeginFile("msgs/index.db", size, state_.last_time_ns));
  return index_.WriteTo(stream_name_, files_);
}

Status V1ArchiveWriter::WriteFile(const std::string& name, std::string_view content) {
  JETKEEP_TRY(files_.BeginFile(name, content.size(), state_.last_time_ns));
  return files_.Write(content);
}

}  // namespace jetkeep
