#include "service/repository/backup_writer.h"

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

#include "protocol/v2/entry.h"
#include "service/repository/block_codec.h"
#include "service/repository/segment_writer.h"

namespace jetkeep {

// What the writer and its tasks on the workers share.
struct BackupWriter::Shared {
  struct Packed {
    BlockInfo info;
    ByteBuffer block;
  };

  Shared(FileSystem& files, const LineagePath& place, const std::string& id,
         std::uint64_t segment_bytes)
      : segments(files, place, id, segment_bytes) {}

  // Packs a block and writes all that are next in order, unless another thread does that.
  void Run(std::uint64_t number, BlockInfo info, ByteBuffer raw, int level);
  // The same for one that is packed; the lock is held.
  void Write(std::uint64_t number, BlockInfo info, ByteBuffer block,
             std::unique_lock<std::mutex>& lock);
  void WriteReady(std::unique_lock<std::mutex>& lock);

  std::mutex mutex;
  std::condition_variable changed;
  Status status;                           // the first error
  std::map<std::uint64_t, Packed> packed;  // by number, waiting for their turn
  std::uint64_t next_to_write = 0;
  std::size_t under_way = 0;
  bool writing = false;
  std::vector<ByteBuffer> spare;  // emptied buffers, raw and packed
  std::atomic<std::uint64_t> stored_bytes{0};
  SegmentWriter segments;  // touched by one thread at a time: the one that set `writing`

  ByteBuffer TakeSpare() {
    if (spare.empty()) return ByteBuffer();
    ByteBuffer buffer = std::move(spare.back());
    spare.pop_back();
    return buffer;
  }
  void GiveBack(ByteBuffer buffer, std::size_t largest) {
    if (buffer.capacity() > largest || spare.size() >= 8) return;
    buffer.Clear();
    spare.push_back(std::move(buffer));
  }
};

namespace {

// A buffer that one huge record made large is not kept.
std::size_t LargestSpare(std::size_t block_bytes) { return block_bytes + block_bytes / 2; }

// A piece is kept only if it is so many times as large as what became columns since the piece
// before: mostly records that begin in one and end in the next, which are stored in full beside
// both.
constexpr std::size_t kPieceToBeside = 128;

void Count(const RecordView& record, BlockInfo& info) {
  if (info.records == 0) {
    info.first_sequence = record.sequence;
    info.first_time_ns = record.timestamp_ns;
  }
  info.last_sequence = record.sequence;
  ++info.records;
}

}  // namespace

void BackupWriter::Shared::Run(std::uint64_t number, BlockInfo info, ByteBuffer raw, int level) {
  std::unique_lock lock(mutex);
  ByteBuffer block = TakeSpare();
  const bool failed = !status;
  lock.unlock();
  Status done;
  if (!failed) done = PackBlock(raw.view(), level, info, block);
  lock.lock();
  if (!done && status) status = std::move(done);
  GiveBack(std::move(raw), LargestSpare(kBlockTargetBytes));
  Write(number, info, std::move(block), lock);
}

void BackupWriter::Shared::Write(std::uint64_t number, BlockInfo info, ByteBuffer block,
                                 std::unique_lock<std::mutex>& lock) {
  packed.emplace(number, Packed{info, std::move(block)});
  if (!writing) WriteReady(lock);
}

void BackupWriter::Shared::WriteReady(std::unique_lock<std::mutex>& lock) {
  writing = true;
  while (!packed.empty() && packed.begin()->first == next_to_write) {
    Packed next = std::move(packed.begin()->second);
    packed.erase(packed.begin());
    const bool failed = !status;
    lock.unlock();
    Status written;
    if (!failed) written = segments.Append(next.info, next.block);
    stored_bytes = segments.stored_bytes();
    lock.lock();
    if (!written && status) status = std::move(written);
    GiveBack(std::move(next.block), LargestSpare(kBlockTargetBytes));
    ++next_to_write;
    --under_way;
    changed.notify_all();
  }
  writing = false;
  changed.notify_all();
}

BackupWriter::BackupWriter(FileSystem& files, BlockWorkers& workers, LineagePath place,
                           std::string id, const WriterOptions& options,
                           std::unique_ptr<FileLock> lock)
    : files_(files),
      workers_(workers),
      place_(std::move(place)),
      id_(std::move(id)),
      options_(options),
      lock_(std::move(lock)),
      shared_(std::make_shared<Shared>(files, place_, id_, options.segment_bytes)) {}

BackupWriter::~BackupWriter() { Abandon(); }

std::uint64_t BackupWriter::stored_bytes() const { return shared_->stored_bytes; }

Status BackupWriter::AddRecord(const RecordView& record) {
  if (sealed_ || done_) return Fail(Errc::kInternal, "a record comes after the end of the backup");
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
  if (piece_.open()) {
    if (piece_.Add(record)) {
      Count(record, piece_info_);
      return {};
    }
    // What comes now stands behind what was found in the piece.
    if (!piece_.empty()) JETKEEP_TRY(ClosePiece());
  }
  if (behind_piece_) beside_bytes_ += record.encoded.size();
  AddToBlock(record);
  return block_.size() >= options_.block_bytes ? CloseBlock() : Status{};
}

void BackupWriter::AddToBlock(const RecordView& record) {
  block_.Add(record);
  Count(record, info_);
}

Result<std::uint64_t> BackupWriter::BeginBlock() {
  Shared& shared = *shared_;
  std::unique_lock lock(shared.mutex);
  shared.changed.wait(lock, [&] { return shared.under_way <= workers_.threads(); });
  if (!shared.status) return Fail(shared.status.error());
  ++shared.under_way;
  return blocks_closed_++;
}

Status BackupWriter::CloseBlock() {
  JETKEEP_ASSIGN(const std::uint64_t number, BeginBlock());
  std::unique_lock lock(shared_->mutex);
  ByteBuffer next = shared_->TakeSpare();
  lock.unlock();
  next.Reserve(options_.block_bytes + options_.block_bytes / 8);
  auto raw = std::make_shared<ByteBuffer>(block_.Take(std::move(next)));
  workers_.Submit(
      [shared = shared_, number, info = std::exchange(info_, {}), raw,
       level = options_.zstd_level] { shared->Run(number, info, std::move(*raw), level); });
  return {};
}

Status BackupWriter::OnPiece(const ArchivePiece& piece) {
  JETKEEP_TRY(ClosePiece());
  piece_.Begin(piece);
  return {};
}

Status BackupWriter::ClosePiece() {
  Status closed;
  if (!piece_.empty()) {
    const bool keep =
        piece_.WorthKeeping() && beside_bytes_ <= piece_.bytes().size() / kPieceToBeside;
    closed = keep ? StorePiece() : TakePieceApart();
    behind_piece_ = keep;
    beside_bytes_ = 0;
  }
  // After an error, too: the piece's views are about to end.
  piece_.Begin({});
  piece_info_ = {};
  return closed;
}

Status BackupWriter::StorePiece() {
  if (info_.records > 0) JETKEEP_TRY(CloseBlock());
  JETKEEP_ASSIGN(const std::uint64_t number, BeginBlock());
  auto block = std::make_shared<ByteBuffer>();
  PackPiece(piece_, piece_info_, *block);
  workers_.Submit([shared = shared_, number, info = piece_info_, block] {
    std::unique_lock lock(shared->mutex);
    shared->Write(number, info, std::move(*block), lock);
  });
  return {};
}

Status BackupWriter::TakePieceApart() {
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

Status BackupWriter::WaitForBlocks() {
  std::unique_lock lock(shared_->mutex);
  shared_->changed.wait(lock, [&] { return shared_->under_way == 0 && !shared_->writing; });
  return shared_->status;
}

Status BackupWriter::Seal() {
  if (sealed_) return {};
  JETKEEP_TRY(ClosePiece());
  if (info_.records > 0 && blocks_closed_ == 0) {
    // A small backup is one block: no other thread is needed.
    ++shared_->under_way;
    shared_->Run(blocks_closed_++, std::exchange(info_, {}), block_.Take({}), options_.zstd_level);
  } else if (info_.records > 0) {
    JETKEEP_TRY(CloseBlock());
  }
  JETKEEP_TRY(WaitForBlocks());
  JETKEEP_TRY(shared_->segments.Finish());
  sealed_ = true;
  return {};
}

Result<std::unique_ptr<BackupReader>> BackupWriter::ReadBack(Manifest& manifest) {
  JETKEEP_TRY(Seal());
  manifest.id = id_;
  manifest.segments = shared_->segments.segments();
  return std::make_unique<BackupReader>(files_, workers_, place_, manifest, ReadRange{}, nullptr);
}

Result<Manifest> BackupWriter::Finish(Manifest manifest, std::int64_t now_ns) {
  if (done_) return Fail(Errc::kInternal, "the backup is finished already");
  const auto publish = [&]() -> Result<Manifest> {
    JETKEEP_TRY(Seal());
    manifest.id = id_;
    manifest.completed_ns = now_ns;
    manifest.tool_version = JETKEEP_VERSION;
    manifest.segments = shared_->segments.segments();
    JETKEEP_ASSIGN(const std::string bytes, EncodeManifest(manifest));
    manifest.file_bytes = bytes.size();
    JETKEEP_TRY(WriteManifest(bytes));
    return std::move(manifest);
  };
  auto published = publish();
  if (!published) {
    Abandon();
    return published;
  }
  done_ = true;
  // The backup is complete; a pending file that stays is removed by the next clean-up.
  static_cast<void>(files_.Remove(place_.Pending(id_)));
  lock_.reset();
  return published;
}

Status BackupWriter::WriteManifest(const std::string& bytes) {
  const std::string path = place_.Manifest(id_);
  const std::string temporary = path + std::string(kTemporarySuffix);
  JETKEEP_ASSIGN(const auto file, files_.Create(temporary));
  JETKEEP_TRY(file->Append(bytes));
  JETKEEP_TRY(file->Sync());
  JETKEEP_TRY(file->Close());
  published_ = true;
  JETKEEP_TRY(files_.Rename(temporary, path));
  return files_.SyncDirectory(place_.backups());
}

void BackupWriter::Abandon() {
  if (done_) return;
  done_ = true;
  {
    // Blocks that wait are dropped; those under way end first.
    const std::lock_guard lock(shared_->mutex);
    if (shared_->status) shared_->status = Fail(Errc::kCancelled, "the backup was abandoned");
  }
  static_cast<void>(WaitForBlocks());
  const std::string manifest = place_.Manifest(id_);
  static_cast<void>(files_.Remove(manifest + std::string(kTemporarySuffix)));
  // The manifest must never name what is gone: it goes first, for good, or all stays.
  if (published_ && (!files_.Remove(manifest) || !files_.SyncDirectory(place_.backups()))) return;
  shared_->segments.Abandon();
  static_cast<void>(files_.Remove(place_.Pending(id_)));
  lock_.reset();
}

}  // namespace jetkeep
