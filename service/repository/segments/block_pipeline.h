// BlockPipeline: records in, segments out. It knows nothing of backups: its caller names the
// segments in a manifest, or they are orphaned.
//
// Records are collected into blocks on the caller's thread; full blocks are packed on the
// BlockWorkers, at most threads + 1 of them at a time, and written in order by whichever worker
// comes last. Memory: two block sizes for each block under way, one for the block being filled (7
// MiB with two workers), and a record more; where pieces are kept, also the chunks of one for each
// block under way (12 MiB of them at most with two workers, in buffers of up to half as much more).
// A block of more than 6 MiB, which holds a large record, is packed and written before the next
// begins.
//
// Thread-safety: one thread at a time. Ownership: store and workers outlive it.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jetkeep/byte_buffer.h"
#include "jetkeep/record.h"
#include "jetkeep/snapshot.h"
#include "jetkeep/store.h"
#include "protocol/repository/archive_piece.h"
#include "protocol/repository/block_records.h"
#include "protocol/repository/layout.h"
#include "protocol/repository/manifest.h"
#include "protocol/repository/segment.h"
#include "service/repository/segments/block_workers.h"
#include "service/repository/segments/compression_choice.h"
#include "service/repository/segments/piece_choice.h"

namespace jetkeep {

struct WriterOptions {
  std::optional<int> zstd_level;  // none: the default, or a faster way where that is as good
  // Whether what the server has compressed is kept as it came, where it is worth it.
  bool keep_pieces = false;
  std::uint64_t segment_bytes = 512ULL * 1024 * 1024;
  std::size_t block_bytes = kBlockTargetBytes;
  // A record waits no longer than this to be in a segment, if SealIfDue is called often enough;
  // none: until Seal.
  std::optional<std::chrono::milliseconds> seal_after;
  std::function<std::chrono::steady_clock::time_point()> clock = [] {
    return std::chrono::steady_clock::now();
  };
};

class BlockPipeline final : public PieceHandler {
 public:
  // id: segments are named after it.
  BlockPipeline(Store& store, BlockWorkers& workers, const LineagePath& place,
                const std::string& id, const WriterOptions& options);
  ~BlockPipeline() override;  // what is not sealed is dropped; what is sealed stays
  BlockPipeline(const BlockPipeline&) = delete;
  BlockPipeline& operator=(const BlockPipeline&) = delete;

  // Itself, if pieces are kept.
  PieceHandler* pieces() { return options_.keep_pieces ? this : nullptr; }
  Status OnPiece(const ArchivePiece& piece) override;
  // Records must rise in sequence. An error may be that of a block taken earlier; nothing more can
  // be added then.
  Status AddRecord(const RecordView& record);

  // All records so far are on stable storage, in segments: those since the last time. More may
  // follow. The last piece must have ended.
  Result<std::vector<SegmentRef>> Seal();
  // The same once the oldest record that waits has waited for `seal_after`; empty if not.
  Result<std::vector<SegmentRef>> SealIfDue();

  // Removes every segment that was written, the sealed ones, too.
  void Abandon();

  // So far. Thread-safe.
  std::uint64_t stored_bytes() const;

 private:
  struct Shared;

  void AddToBlock(const RecordView& record);
  Status CloseBlock();
  Status ClosePiece();
  Status StorePiece();
  Status TakePieceApart();
  // Waits until one block more may be under way, and numbers it.
  Result<std::uint64_t> BeginBlock();
  Status WaitForBlocks();
  void DropBlocks();

  BlockWorkers& workers_;
  const WriterOptions options_;
  std::shared_ptr<Shared> shared_;

  BlockBuilder block_;
  BlockInfo info_;  // of block_
  PieceBuilder piece_;
  BlockInfo piece_info_;
  PieceChoice choice_;
  std::uint64_t blocks_closed_ = 0;
  std::uint64_t last_sequence_ = 0;
  std::size_t segments_told_ = 0;
  // When the oldest record came that is in no sealed segment.
  std::optional<std::chrono::steady_clock::time_point> waiting_since_;
};

}  // namespace jetkeep
