// SegmentWriter: writes packed blocks into segment files, one after the other, a new file whenever
// the last one is full. Each object is there, whole, when it is closed. Thread-safety: one thread
// at a time. Ownership: the store outlives it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "jetkeep/store.h"
#include "protocol/repository/layout.h"
#include "protocol/repository/manifest.h"
#include "protocol/repository/segment.h"
#include "service/repository/segments/block_codec.h"

namespace jetkeep {

class SegmentWriter {
 public:
  // segment_bytes: stored bytes after which a segment is closed.
  SegmentWriter(Store& store, LineagePath place, std::string backup_id,
                std::uint64_t segment_bytes);

  // info: all but offset and checksum.
  Status Append(BlockInfo info, PackedBlock& block);
  // Closes the last segment and makes the names of all durable. More may follow.
  Status Finish();
  // Removes every file written so far.
  void Abandon();

  const std::vector<SegmentRef>& segments() const { return segments_; }
  std::uint64_t stored_bytes() const { return stored_bytes_; }

 private:
  Status Begin();
  Status Close();

  Store& store_;
  const LineagePath place_;
  const std::string backup_id_;
  const std::uint64_t segment_bytes_;

  std::unique_ptr<ObjectWriter> file_;
  std::string name_;
  SegmentId id_{};
  std::vector<BlockInfo> blocks_;
  std::uint64_t offset_ = 0;
  std::uint32_t started_ = 0;  // segments begun so far
  std::vector<SegmentRef> segments_;
  std::size_t flushed_ = 0;  // how many of them have a durable name
  std::uint64_t stored_bytes_ = 0;
};

}  // namespace jetkeep
