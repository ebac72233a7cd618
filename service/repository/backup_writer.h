// BackupWriter: one backup being made. Records go in, in rising sequence order; Finish publishes
// it. Nothing of it is visible before, and nothing is left of it if it is destroyed without. A
// process that stood still, so that another one took its claim, changes nothing any more:
// kLeaseLost.
//
// Records are collected into blocks on the caller's thread; full blocks are packed on the
// BlockWorkers, at most threads + 1 of them at a time, and written in order by whichever worker
// comes last. Memory: two block sizes for each block under way, one for the block being filled (7
// MiB with two workers), and a record more; where pieces are kept, also the chunks of one for each
// block under way (12 MiB of them at most with two workers, in buffers of up to half as much more).
// A block of more than 6 MiB, which holds a large record, is packed and written before the next
// begins.
//
// fsyncs of one backup: its segments (none if there is no record, else usually one) and their
// directory, the manifest and its directory; once for each directory that is new.
//
// Thread-safety: one thread at a time. Ownership: the Repository outlives its writers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
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
#include "service/repository/anchor_sampler.h"
#include "service/repository/backup_claim.h"
#include "service/repository/backup_reader.h"
#include "service/repository/block_workers.h"
#include "service/repository/compression_choice.h"
#include "service/repository/piece_choice.h"

namespace jetkeep {

struct WriterOptions {
  std::optional<int> zstd_level;  // none: the default, or a faster way where that is as good
  // Whether what the server has compressed is kept as it came, where it is worth it.
  bool keep_pieces = false;
  std::uint64_t segment_bytes = 512ULL * 1024 * 1024;
  std::size_t block_bytes = kBlockTargetBytes;
};

class BackupWriter {
 public:
  BackupWriter(Store& store, BlockWorkers& workers, LineagePath place, std::string id,
               const WriterOptions& options, BackupClaim claim);
  ~BackupWriter();
  BackupWriter(const BackupWriter&) = delete;
  BackupWriter& operator=(const BackupWriter&) = delete;

  const std::string& id() const { return id_; }

  // Whether OnPiece is of use.
  bool TakesPieces() const { return options_.keep_pieces; }
  // As SnapshotHandler::OnPiece.
  Status OnPiece(const ArchivePiece& piece);
  // Records must rise in sequence. An error may be that of a block taken earlier; nothing more can
  // be added then.
  Status AddRecord(const RecordView& record);

  // Keeps the digests of these messages, where they are added. Before the first record.
  void Watch(std::vector<std::uint64_t> sequences) { anchors_.Watch(std::move(sequences)); }

  // Ends the records: all are on stable storage, but nothing is published yet. Finish does this by
  // itself. The last piece must have ended.
  Status Seal();
  // The live records of what was written, as a reader will find them under `manifest`, whose
  // segments this sets. Seals. The manifest and the writer must outlive the reader.
  Result<std::unique_ptr<BackupReader>> ReadBack(Manifest& manifest, ReadRange range = {});
  // Of one live message under `manifest`: known from when it was added, or read back.
  Result<Anchor> AnchorAt(Manifest& manifest, std::uint64_t sequence);

  // manifest: all fields but those that only the writer knows (id, segments, anchors, completed_ns,
  // tool version), which it sets. Returns it as written, with file_bytes. After an error the backup
  // is not there.
  Result<Manifest> Finish(Manifest manifest, std::int64_t now_ns);

  // Removes all that was written. The destructor does it, too.
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
  Result<std::vector<Anchor>> Anchors(Manifest& manifest);
  Status Publish(const std::string& manifest);

  Store& store_;
  BlockWorkers& workers_;
  const LineagePath place_;
  const std::string id_;
  const WriterOptions options_;
  BackupClaim claim_;
  std::shared_ptr<Shared> shared_;

  BlockBuilder block_;
  BlockInfo info_;  // of block_
  PieceBuilder piece_;
  BlockInfo piece_info_;
  PieceChoice choice_;
  AnchorSampler anchors_;
  std::uint64_t blocks_closed_ = 0;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t largest_message_ = 0;
  bool published_ = false;  // the manifest may have its name
  bool sealed_ = false;
  bool done_ = false;
};

}  // namespace jetkeep
