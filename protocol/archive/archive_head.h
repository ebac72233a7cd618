// What an archive says of itself at its beginning, before any message. Reads no further than it has
// to. Thread-safety: pure function.
#pragma once

#include <cstdint>
#include <string>

#include "jetkeep/byte_stream.h"
#include "jetkeep/error.h"
#include "jetkeep/record.h"

namespace jetkeep {

struct ArchiveHead {
  ArchiveFormat format = ArchiveFormat::kV1Tar;
  std::int64_t made_ns = 0;  // when it was made, by its maker's clock; 0: it does not say
  std::string meta_json;     // v1: the stream's meta.inf
  std::string state_json;    // v2: state.json
};

// `archive` is the archive itself, decompressed. Nothing in it is checked but its form:
// kArchiveCorrupt, or kSnapshotIncomplete where it ends before.
Result<ArchiveHead> ReadArchiveHead(ByteSource& archive);

}  // namespace jetkeep
