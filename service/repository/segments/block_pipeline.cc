#include "service/repository/segments/block_pipeline.h"

#include <atomic>
#include <map>
#include <utility>

#include "jetkeep/mutex.h"
#include "protocol/v2/entry.h"
#include "service/repository/segments/block_codec.h"
#include "service/repository/segments/segment_writer.h"
#include "service/repository/segments/spare_buffers.h"

namespace jetkeep {

// What the pipeline and its tasks on the workers share.
struct BlockPipeline::Shared {
  struct Packed {
    BlockInfo info;
    PackedBlock block;
  };

  Shared(Store& store, const LineagePath& place, const std::string& id,
         const WriterOptions& options, std::size_t most_under_way)
      : compression(options.zstd_level),
        spare_pieces(most_under_way, kLargestPieceBuffer),
        segments(store, place, id, options.segment_bytes) {}

  // Packs a block and writes all that are next in order, unless another thread does that.
  void Run(std::uint64_t number, BlockInfo info, ByteBuffer raw);
  Status Pack(std::uint64_t number, std::string_view raw, BlockInfo& info, PackedBlock& block);
  // The same for one that is packed.
  void Write(std::uint64_t number, BlockInfo info, PackedBlock block) JETKEEP_REQUIRES(mutex);
  void WriteReady() JETKEEP_REQUIRES(mutex);
  ByteBuffer Take(SpareBuffers Shared::*buffers) {
    const MutexLock lock(mutex);
    return (this->*buffers).Take();
  }

  Mutex mutex;
  Condition changed;
  Status status JETKEEP_GUARDED_BY(mutex);  // the first error
  // By number, waiting for their turn.
  std::map<std::uint64_t, Packed> packed JETKEEP_GUARDED_BY(mutex);
  std::uint64_t next_to_write JETKEEP_GUARDED_BY(mutex) = 0;
  std::size_t under_way JETKEEP_GUARDED_BY(mutex) = 0;
  bool writing JETKEEP_GUARDED_BY(mutex) = false;
  CompressionChoice compression;
  SpareBuffers spare JETKEEP_GUARDED_BY(mutex){8, kLargestColumnsBuffer};  // raw and packed
  SpareBuffers spare_pieces JETKEEP_GUARDED_BY(mutex);                     // chunks
  std::atomic<std::uint64_t> stored_bytes{0};
  SegmentWriter segments;  // touched by one thread at a time: the one that set `writing`
};

namespace {

void Count(const RecordView& record, BlockInfo& info) {
  if (info.records == 0) {
    info.first_sequence = record.sequence;
    info.first_time_ns = record.timestamp_ns;
  }
  info.last_sequence = record.sequence;
  ++info.records;
}

}  // namespace

Status BlockPipeline::Shared::Pack(std::uint64_t number, std::string_view raw, BlockInfo& info,
                                   PackedBlock& block) {
  if (compression.MeasureAt(number)) {
    CompressionChoice::Sizes sizes;
    for (std::size_t way = 0; way < sizes.size(); ++way) {
      JETKEEP_TRY(PackBlock(raw, CompressionChoice::kWays[way], info, block));
      sizes[way] = info.stored_bytes;
    }
    compression.Measured(sizes);
    return {};
  }
  return PackBlock(raw, compression.settings(), info, block);
}

void BlockPipeline::Shared::Run(std::uint64_t number, BlockInfo info, ByteBuffer raw) {
  MutexLock lock(mutex);
  PackedBlock block{spare.Take(), {}};
  const bool failed = !status;
  lock.Unlock();
  Status done;
  if (!failed) done = Pack(number, raw.view(), info, block);
  lock.Lock();
  if (!done && status) status = std::move(done);
  spare.GiveBack(std::move(raw));
  Write(number, info, std::move(block));
}

void BlockPipeline::Shared::Write(std::uint64_t number, BlockInfo info, PackedBlock block) {
  packed.emplace(number, Packed{info, std::move(block)});
  if (!writing) WriteReady();
}

void BlockPipeline::Shared::WriteReady() {
  writing = true;
  while (!packed.empty() && packed.begin()->first == next_to_write) {
    Packed next = std::move(packed.begin()->second);
    packed.erase(packed.begin());
    const bool failed = !status;
    mutex.Unlock();
    Status written;
    if (!failed) written = segments.Append(next.info, next.block);
    stored_bytes = segments.stored_bytes();
    mutex.Lock();
    if (!written && status) status = std::move(written);
    if (next.info.codec == BlockCodec::kArchive) {
      spare_pieces.GiveBack(std::move(next.block.chunks));
    } else {
      spare.GiveBack(std::move(next.block.front));
    }
    ++next_to_write;
    --under_way;
    changed.NotifyAll();
  }
  writing = false;
  changed.NotifyAll();
}

BlockPipeline::BlockPipeline(Store& store, BlockWorkers& workers, const LineagePath& place,
                             const std::string& id, const WriterOptions& options)
    : workers_(workers),
      options_(options),
      shared_(std::make_shared<Shared>(store, place, id, options, workers.threads() + 1)) {}

BlockPipeline::~BlockPipeline() { DropBlocks(); }

std::uint64_t BlockPipeline::stored_bytes() const { return shared_->stored_bytes; }

Status BlockPipeline::AddRecord(const RecordView& record) {
  if (record.sequence <= last_sequence_) {
    return Fail(Errc::kInternal, "record " + std::to_string(record.sequence) + " follows record " +
                                     std::to_string(last_sequence_));
  }
  if (record.subject.size() > v2::kMaxNameBytes ||
      record.headers.size() + record.payload.size() > v2::kMaxContentBytes) {
    return Fail(Errc::kArchiveCorrupt,
                "message " + std::to_string(record.sequence) + " is larger than a server allows");
  }
  last_sequence_ = record.sequence;
  if (options_.seal_after && !waiting_since_) waiting_since_ = options_.clock();
  if (piece_.open()) {
    if (piece_.Add(record)) {
      Count(record, piece_info_);
      return {};
    }
    // What comes now stands behind what was found in the piece.
    if (!piece_.empty()) JETKEEP_TRY(ClosePiece());
  }
  choice_.AddBeside(record.encoded.size());
  AddToBlock(record);
  return block_.size() >= options_.block_bytes ? CloseBlock() : Status{};
}

void BlockPipeline::AddToBlock(const RecordView& record) {
  block_.Add(record);
  Count(record, info_);
}

Result<std::uint64_t> BlockPipeline::BeginBlock() {
  Shared& shared = *shared_;
  MutexLock lock(shared.mutex);
  shared.changed.Wait(lock, [&]() JETKEEP_REQUIRES(shared.mutex) {
    return shared.under_way <= workers_.threads();
  });
  if (!shared.status) return Fail(shared.status.error());
  ++shared.under_way;
  return blocks_closed_++;
}

Status BlockPipeline::CloseBlock() {
  JETKEEP_ASSIGN(const std::uint64_t number, BeginBlock());
  ByteBuffer next = shared_->Take(&Shared::spare);
  next.Reserve(options_.block_bytes + options_.block_bytes / 8);
  auto raw = std::make_shared<ByteBuffer>(block_.Take(std::move(next)));
  const bool large = raw->size() > kLargestPieceBuffer;
  workers_.Submit([shared = shared_, number, info = std::exchange(info_, {}), raw] {
    shared->Run(number, info, std::move(*raw));
  });
  // One after the other, so that memory holds a large block twice (unpacked and packed), no more.
  return large ? WaitForBlocks() : Status{};
}

Status BlockPipeline::OnPiece(const ArchivePiece& piece) {
  JETKEEP_TRY(ClosePiece());
  if (!piece.bytes.empty() && choice_.MayKeep(piece)) piece_.Begin(piece);
  return {};
}

Status BlockPipeline::ClosePiece() {
  Status closed;
  if (!piece_.empty()) closed = choice_.Keep(piece_) ? StorePiece() : TakePieceApart();
  // After an error, too: the piece's views are about to end.
  piece_.Begin({});
  piece_info_ = {};
  return closed;
}

Status BlockPipeline::StorePiece() {
  if (info_.records > 0) JETKEEP_TRY(CloseBlock());
  JETKEEP_ASSIGN(const std::uint64_t number, BeginBlock());
  auto block = std::make_shared<PackedBlock>();
  block->chunks = shared_->Take(&Shared::spare_pieces);
  PackPiece(piece_, piece_info_, *block);
  workers_.Submit([shared = shared_, number, info = piece_info_, block] {
    const MutexLock lock(shared->mutex);
    shared->Write(number, info, std::move(*block));
  });
  return {};
}

Status BlockPipeline::TakePieceApart() {
  ByteBuffer head;
  piece_.AppendHead(head);
  PieceRecords records(head.view(), piece_.bytes());
  RecordView record;
  while (records.Next(record)) {
    AddToBlock(record);
    if (block_.size() >= options_.block_bytes) JETKEEP_TRY(CloseBlock());
  }
  if (!records.whole()) return Fail(Errc::kInternal, "a piece of the archive cannot be read again");
  return {};
}

Status BlockPipeline::WaitForBlocks() {
  MutexLock lock(shared_->mutex);
  shared_->changed.Wait(lock, [&]() JETKEEP_REQUIRES(shared_->mutex) {
    return shared_->under_way == 0 && !shared_->writing;
  });
  return shared_->status;
}

Result<std::vector<SegmentRef>> BlockPipeline::Seal() {
  if (piece_.open()) return Fail(Errc::kInternal, "a piece of the archive has not ended");
  if (info_.records > 0 && blocks_closed_ == 0) {
    // A small backup is one block: no other thread is needed.
    {
      const MutexLock lock(shared_->mutex);
      ++shared_->under_way;
    }
    shared_->Run(blocks_closed_++, std::exchange(info_, {}), block_.Take({}));
  } else if (info_.records > 0) {
    JETKEEP_TRY(CloseBlock());
  }
  JETKEEP_TRY(WaitForBlocks());
  // A reader of what was written has buffers of its own.
  {
    const MutexLock lock(shared_->mutex);
    shared_->spare.Release();
    shared_->spare_pieces.Release();
  }
  JETKEEP_TRY(shared_->segments.Finish());
  waiting_since_.reset();
  const std::vector<SegmentRef>& all = shared_->segments.segments();
  std::vector<SegmentRef> sealed(all.begin() + static_cast<std::ptrdiff_t>(segments_told_),
                                 all.end());
  segments_told_ = all.size();
  return sealed;
}

Result<std::vector<SegmentRef>> BlockPipeline::SealIfDue() {
  const bool due = options_.seal_after && waiting_since_ && !piece_.open() &&
                   options_.clock() - *waiting_since_ >= *options_.seal_after;
  return due ? Seal() : std::vector<SegmentRef>();
}

void BlockPipeline::DropBlocks() {
  {
    // Blocks that wait are dropped; those under way end first.
    const MutexLock lock(shared_->mutex);
    if (shared_->status) shared_->status = Fail(Errc::kCancelled, "the backup was abandoned");
  }
  static_cast<void>(WaitForBlocks());
}

void BlockPipeline::Abandon() {
  DropBlocks();
  shared_->segments.Abandon();
}

}  // namespace jetkeep
