// V1ArchiveWriter: writes a v1 archive, the files of a file store: as a tar that is not yet
// compressed (TarFiles; put an s2::Writer behind its sink), which all servers restore to file
// storage, or into a folder.
//
// Blocks of about 4 MiB under the given stream name with new checksums; for servers from 2.10 an
// index.db where one can describe the archive (v1/stream_index.h), otherwise they rebuild it. How
// deleted sequences are written, so that first, last and the number of deleted ones come out right:
//
//   kErasedRecords (for every server): an erased record of 30 bytes for each, because servers 2.9
//   look records up by
//     their position in a block. They follow the message before them, in its block. After a gap of
//     more than 65,536 a new block begins instead: such a gap costs nothing, and the state is the
//     same (only the list of deleted sequences that servers 2.9 give on demand lacks it, as it does
//     for any gap between blocks).
//   kHoles (for servers from 2.10): nothing for a gap but what index.db says; beyond 65,536, or
//     where the sequences of a block would span more than 8 million, a new block all the same, so
//     that no server walks or indexes the gap sequence by sequence.
//
//   Deleted sequences at the end: erased records, in both ways; the one at the last sequence keeps
//   it. Behind a large gap, and in a stream without any message, that record is alone in its block
//   and has a `.idx` beside it, which all servers still read: without it servers 2.9 take 0 for the
//   stream's first sequence.
//
// Ownership: does not own the files, nor the spill file for a large index (without one a stream
// with many subjects or deleted sequences has no index). Memory: one block (4 MiB, more only if one
// message is larger), the encoded consumers, and the index's (v1/stream_index.h). Thread-safety:
// one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/snapshot.h"
#include "protocol/archive/archive_files.h"
#include "protocol/v1/block_encoder.h"
#include "protocol/v1/stream_index.h"

namespace jetkeep {

class V1ArchiveWriter : public ArchiveWriter {
 public:
  enum class Gaps : std::uint8_t { kErasedRecords, kHoles };
  // kIfMessagesOnly: no index.db where the configuration lets messages expire one by one, be
  // scheduled or come from other streams, because servers from 2.11 find those by reading the
  // blocks, and would not read what the first version of the index describes.
  // kAnyConfig: for servers of 2.10, which have nothing of that in an index.
  enum class Index : std::uint8_t { kIfMessagesOnly, kAnyConfig };

  static constexpr std::size_t kBlockBytes = std::size_t{4} << 20;
  static constexpr std::uint64_t kMaxGapInBlock = 65536;
  static constexpr std::uint64_t kMaxSpanOfBlock = std::uint64_t{8} << 20;

  explicit V1ArchiveWriter(ArchiveFiles& files, Gaps gaps = Gaps::kErasedRecords,
                           Index index = Index::kIfMessagesOnly, SpillFile* spill = nullptr)
      : files_(files), gaps_(gaps), index_rule_(index), index_(spill) {}

  // kInvalidName if the stream or a consumer has a name that no server takes; kInvalidRequest if
  // the configuration is not a JSON object or names another stream.
  Status Begin(const ArchiveContents& contents) override;
  // kInternal if sequences do not rise; kRestoreRefused if no block can hold the message.
  Status AddRecord(const RecordView& record) override;
  Status AddDeleted(std::uint64_t first, std::uint64_t last) override;
  Status Finish() override;
  // After Finish: whether servers find an index.db in the archive.
  bool indexed() const { return indexed_; }

 private:
  struct Consumer {
    std::string name;
    std::string meta;
    std::string meta_sum;
    std::string state;
  };

  Status EncodeConsumer(const ConsumerBackup& consumer);
  Status CloseGap();
  void EraseGap();
  Status WriteLastSequence();
  Status WriteBlock();
  Status WriteIndex();
  Status WriteFile(const std::string& name, std::string_view content);

  ArchiveFiles& files_;
  const Gaps gaps_;
  const Index index_rule_;
  std::string stream_name_;
  StreamState state_;
  std::vector<Consumer> consumers_;
  v1::BlockEncoder block_{""};
  v1::StreamIndex index_;
  bool indexed_ = false;
  std::uint64_t last_checksum_ = 0;   // of the last record of the block before
  std::uint64_t block_sequence_ = 0;  // the first of the current block
  std::uint64_t last_sequence_ = 0;   // of the last message
  std::int64_t last_time_ns_ = 0;
  std::uint64_t deleted_until_ = 0;  // end of the gap behind it
};

}  // namespace jetkeep
