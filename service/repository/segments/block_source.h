// BlockSource: the blocks of a backup in sequence order, read, checked and (unless only the check
// is asked for) unpacked ahead on the BlockWorkers, threads + 1 of them at most; one of more
// than 6 MiB, which holds a large record, by itself. A block or segment that is damaged
// (kRepositoryCorrupt) or cannot be read (any other code) is handed out with its error, and the
// walk goes on. Thread-safety: one thread at a time. Ownership: store and workers outlive it.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>

#include "jetkeep/byte_buffer.h"
#include "jetkeep/store.h"
#include "protocol/repository/layout.h"
#include "protocol/repository/manifest.h"
#include "service/repository/segments/block_workers.h"
#include "service/repository/segments/segment_file.h"
#include "service/repository/segments/spare_buffers.h"

namespace jetkeep {

struct LoadedBlock {
  const SegmentRef* segment = nullptr;
  BlockInfo info;  // records 0: nothing of the segment could be read
  Status status;
  ByteBuffer raw;  // empty under BlockUse::kCheck
};

enum class BlockUse : std::uint8_t { kUnpack, kCheck };

class BlockSource {
 public:
  // Only blocks that may hold a sequence of first..last. manifest must outlive this.
  BlockSource(Store& store, BlockWorkers& workers, LineagePath place, const Manifest& manifest,
              std::uint64_t first, std::uint64_t last, BlockUse use = BlockUse::kUnpack);
  ~BlockSource();
  BlockSource(const BlockSource&) = delete;
  BlockSource& operator=(const BlockSource&) = delete;

  // Puts the next block into `block`, whose buffer is used again; false at the end.
  bool Next(LoadedBlock& block);

 private:
  struct Slot;
  struct Shared;

  bool MayReadAhead(const BlockInfo& info) const;
  void ReadAhead();
  std::unique_ptr<Slot> NextSlot();

  Store& store_;
  BlockWorkers& workers_;
  const LineagePath place_;
  const Manifest& manifest_;
  const std::uint64_t first_;
  const std::uint64_t last_;
  const BlockUse use_;
  std::shared_ptr<Shared> shared_;
  std::deque<std::shared_ptr<Slot>> slots_;
  std::shared_ptr<Slot> waiting_;  // the next, too large to be read ahead
  SpareBuffers spare_raw_;
  SpareBuffers spare_stored_;
  std::size_t next_segment_ = 0;
  std::size_t next_block_ = 0;
  std::shared_ptr<const SegmentFile> file_;  // of segment next_segment_ - 1
};

}  // namespace jetkeep
