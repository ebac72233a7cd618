// StreamIndex: `msgs/index.db` of a v1 archive, from which servers since 2.10 take a stream's
// state, its blocks, the deleted sequences in them and its subjects without reading the blocks
// again. An archive without one restores as well, but the server then reads all it has just
// unpacked once more, and 2.10 with an encrypted store takes every sequence below a block for
// deleted in it: it reads and decrypts the whole block again for each message, and needs memory for
// all those sequences.
//
// What is more than SubjectTable::kMaxBytes of subjects, or kMaxMapBytes of blocks with their
// delete maps, goes to a spill file; where there is none, or no room in it, there is no index for
// such a stream. Version 1 of the format, which every server since 2.10 reads: magic 11, version 1;
// uvarint messages, bytes, first sequence; varint first time; uvarint last sequence; varint last
// time; uvarint subjects, of each its length and bytes, messages, first block and, if it has more
// than one message, last block; uvarint blocks, of each number, bytes, first sequence, varint first
// time (less the stream's first), last sequence, varint last time (less the same), deleted messages
// and, if there are any, their map (v1/sequence_tree.h); uvarint number of the last block and the
// checksum of its last record; HighwayHash-64 of all that under the SHA-256 of the stream's name. A
// block without messages has its last sequence + 1 as its first. Source: behaviour and source of
// nats-server 2.10 to 2.15.
//
// Memory: kMaxMapBytes, SubjectTable's, and one block's map. Ownership: not of the spill file,
// which outlives it. Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/byte_stream.h"
#include "jetkeep/record.h"
#include "jetkeep/spill_file.h"
#include "protocol/v1/sequence_tree.h"
#include "protocol/v1/subject_table.h"

namespace jetkeep::v1 {

class StreamIndex {
 public:
  static constexpr std::size_t kMaxMapBytes = std::size_t{1} << 20;

  explicit StreamIndex(SpillFile* spill = nullptr) : spill_(spill), subjects_(spill) {}

  // Messages in sequence order, each with the number of its block. Sequences left out between two
  // messages of a block are deleted ones, whether an erased record stands for them or none.
  void AddMessage(const RecordView& record, std::uint32_t block);
  // The stream ends with deleted sequences, the last of which is erased in this block.
  void AddErasedEnd(std::uint64_t last_sequence, std::int64_t last_time_ns, std::uint32_t block);
  // The archive holds something that an index of this kind cannot describe: no index is written.
  void GiveUp();

  // Nothing is added afterwards. `last_checksum`: of the last record (BlockEncoder). The size of
  // the index; 0 if there is none. Errors, here and in WriteTo: what was spilled cannot be read.
  Result<std::uint64_t> Close(std::uint64_t last_checksum);
  // After Close.
  Status WriteTo(std::string_view stream_name, ByteSink& sink) const;

 private:
  struct Block {
    std::uint32_t number = 0;
    std::uint64_t bytes = 0;
    std::uint64_t first_sequence = 0;
    std::int64_t first_time_ns = 0;
    std::uint64_t last_sequence = 0;
    std::int64_t last_time_ns = 0;
  };
  struct Piece {
    std::uint64_t offset = 0;
    std::size_t size = 0;
  };

  void Begin(const Block& block);
  void CloseBlock();
  std::string Head() const;
  Status ForEachPart(const std::function<Status(std::string_view)>& visit) const;

  SpillFile* spill_;
  bool given_up_ = false;
  SubjectTable subjects_;
  std::uint64_t subject_count_ = 0;  // after Close
  std::uint64_t last_checksum_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t first_sequence_ = 0;
  std::int64_t first_time_ns_ = 0;  // 0 if there is no message
  std::uint64_t blocks_ = 0;
  std::vector<Piece> spilled_;  // the blocks before those in closed_
  std::string closed_;          // the blocks before the current one, encoded
  Block current_;               // if there is any block
  SequenceTree deleted_;        // of the current block
};

}  // namespace jetkeep::v1
