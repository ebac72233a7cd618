#include "service/repository/segments/block_source.h"

#include <algorithm>
#include <utility>

#include "jetkeep/mutex.h"
#include "protocol/repository/segment.h"

namespace jetkeep {

namespace {

// A block that holds a large record; it is read by itself.
bool IsLarge(const BlockInfo& info) { return info.raw_bytes > kLargestPieceBuffer; }

}  // namespace

struct BlockSource::Slot {
  LoadedBlock block;
  ByteBuffer stored;
  std::shared_ptr<const SegmentFile> file;
  std::size_t number = 0;
  bool ready = false;  // guarded by Shared::mutex; whoever sets it owns the rest until then
};

struct BlockSource::Shared {
  Mutex mutex;
  Condition changed;
};

BlockSource::BlockSource(Store& store, BlockWorkers& workers, LineagePath place,
                         const Manifest& manifest, std::uint64_t first, std::uint64_t last,
                         BlockUse use)
    : store_(store),
      workers_(workers),
      place_(std::move(place)),
      manifest_(manifest),
      first_(first),
      last_(last),
      use_(use),
      shared_(std::make_shared<Shared>()),
      spare_raw_(workers.threads() + 1, kLargestPieceBuffer),
      spare_stored_(workers.threads() + 1, kLargestPieceBuffer) {}

BlockSource::~BlockSource() {
  MutexLock lock(shared_->mutex);
  for (const auto& slot : slots_) {
    shared_->changed.Wait(lock, [&] { return slot->ready; });
  }
}

std::unique_ptr<BlockSource::Slot> BlockSource::NextSlot() {
  while (true) {
    while (file_ && next_block_ < file_->blocks().size()) {
      const std::size_t number = next_block_++;
      const BlockInfo& info = file_->blocks()[number];
      if (info.last_sequence < first_ || info.first_sequence > last_) continue;
      auto slot = std::make_unique<Slot>();
      slot->block.segment = &manifest_.segments[next_segment_ - 1];
      slot->block.info = info;
      slot->file = file_;
      slot->number = number;
      return slot;
    }
    file_.reset();
    if (next_segment_ == manifest_.segments.size()) return nullptr;
    const SegmentRef& ref = manifest_.segments[next_segment_++];
    next_block_ = 0;
    if (ref.last_sequence < first_ || ref.first_sequence > last_) continue;
    auto opened = SegmentFile::Open(store_, place_, ref);
    if (opened) {
      file_ = std::move(*opened);
      continue;
    }
    auto slot = std::make_unique<Slot>();
    slot->block.segment = &ref;
    slot->block.status = Fail(std::move(opened).error());
    slot->ready = true;
    return slot;
  }
}

bool BlockSource::MayReadAhead(const BlockInfo& info) const {
  if (slots_.empty()) return true;
  return !IsLarge(info) && std::none_of(slots_.begin(), slots_.end(),
                                        [](const auto& slot) { return IsLarge(slot->block.info); });
}

void BlockSource::ReadAhead() {
  while (slots_.size() <= workers_.threads()) {
    if (!waiting_) waiting_ = NextSlot();
    if (!waiting_ || !MayReadAhead(waiting_->block.info)) return;
    std::shared_ptr<Slot> slot = std::move(waiting_);
    slots_.push_back(slot);
    if (slot->ready) continue;
    slot->stored = spare_stored_.Take();
    slot->block.raw = spare_raw_.Take();
    workers_.Submit([slot = std::move(slot), shared = shared_, use = use_] {
      Status read = use == BlockUse::kCheck
                        ? slot->file->CheckStored(slot->number, slot->stored)
                        : slot->file->ReadBlock(slot->number, slot->stored, slot->block.raw);
      if (slot->stored.capacity() > kLargestPieceBuffer) slot->stored.Release();
      const MutexLock lock(shared->mutex);
      slot->block.status = std::move(read);
      slot->ready = true;
      shared->changed.NotifyAll();
    });
  }
}

bool BlockSource::Next(LoadedBlock& block) {
  spare_raw_.GiveBack(std::move(block.raw));
  ReadAhead();
  if (slots_.empty()) return false;
  const std::shared_ptr<Slot> slot = std::move(slots_.front());
  slots_.pop_front();
  {
    MutexLock lock(shared_->mutex);
    shared_->changed.Wait(lock, [&] { return slot->ready; });
  }
  block = std::move(slot->block);
  spare_stored_.GiveBack(std::move(slot->stored));
  return true;
}

}  // namespace jetkeep
