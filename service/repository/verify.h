// Verify: reads every byte that a backup needs and says what is wrong with it.
// Thread-safety: the function may be called from any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/store.h"
#include "protocol/repository/layout.h"
#include "protocol/repository/manifest.h"
#include "protocol/sequences/sequence_set.h"
#include "service/repository/segments/block_workers.h"

namespace jetkeep {

struct VerifyResult {
  std::uint64_t bytes_read = 0;  // the files' lengths: manifest and segments
  std::uint64_t messages = 0;    // live ones that could be read
  std::vector<std::string> findings;
  SequenceSet lost;          // live sequences that cannot be read any more
  std::int64_t seen_ns = 0;  // the newest outcome that was there before; for RecordVerification
  bool ok() const { return findings.empty(); }
};

// progress(bytes read so far, counted as bytes_read is, without the manifest) is called after each
// block.
using VerifyProgress = std::function<void(std::uint64_t)>;

// A finding is what was read and is wrong. Fails when cancelled, and with the first error if
// something could not be read, which says nothing about the backup; but if there are findings all
// the same, they are returned, and what could not be read is one of them.
Result<VerifyResult> VerifySegments(Store& store, BlockWorkers& workers, const LineagePath& place,
                                    const Manifest& manifest, const CancelToken& cancel,
                                    const VerifyProgress& progress);

// The same for the bytes as they are stored, without unpacking: finds whatever was changed since
// they were written. `messages` stays 0.
Result<VerifyResult> CheckStoredSegments(Store& store, BlockWorkers& workers,
                                         const LineagePath& place, const Manifest& manifest,
                                         const CancelToken& cancel);

}  // namespace jetkeep
