// SegmentFile: a segment opened for reading, its index checked against the manifest.
// Thread-safety: ReadBlock may run on several threads.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "jetkeep/byte_buffer.h"
#include "jetkeep/store.h"
#include "protocol/repository/layout.h"
#include "protocol/repository/manifest.h"
#include "protocol/repository/segment.h"

namespace jetkeep {

class SegmentFile {
 public:
  // kRepositoryCorrupt, naming the file, if it is missing, or anything but what `ref` tells; other
  // errors if it cannot be read.
  static Result<std::shared_ptr<const SegmentFile>> Open(Store& store, const LineagePath& place,
                                                         const SegmentRef& ref);

  const std::vector<BlockInfo>& blocks() const { return index_.blocks; }
  // Reads, checks and unpacks a block into raw; stored is scratch space. Errors name file and
  // block.
  Status ReadBlock(std::size_t number, ByteBuffer& stored, ByteBuffer& raw) const;
  // Reads and checks a block as it is stored.
  Status CheckStored(std::size_t number, ByteBuffer& stored) const;

 private:
  Result<std::string_view> Fetch(std::size_t number, ByteBuffer& stored) const;
  Status Named(Status status, std::size_t number) const;

  std::string path_;
  SegmentId id_{};
  std::unique_ptr<ObjectReader> file_;
  std::string header_;  // as it has to be
  SegmentIndex index_;
};

}  // namespace jetkeep
