// ChunkSpool: a queue of bytes whose producer never waits for its consumer.
//
// A server gives up on a snapshot when acknowledgements stop for two seconds, so what arrives must
// always find a place: up to memory_limit bytes in memory, beyond that in a nameless file in the
// scratch directory, which is made only when it is needed and shrinks as the consumer comes along.
// Beyond scratch_limit Push fails with kScratchFull.
//
// Thread-safety: one producer calls Push, Finish and Abort; one consumer calls Read; both at the
// same time. Abort may be called from any thread. Push can take as long as a write to the scratch
// file takes.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "jetkeep/byte_stream.h"
#include "jetkeep/chunk.h"
#include "jetkeep/mutex.h"
#include "service/work/scratch_file.h"

namespace jetkeep {

struct ChunkSpoolOptions {
  std::uint64_t memory_limit = 8 * 1024 * 1024;             // bytes
  std::uint64_t scratch_limit = 4ull * 1024 * 1024 * 1024;  // bytes; 0: memory only
  std::string scratch_directory = "/tmp";
};

struct ChunkSpoolStats {
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_spilled = 0;
  std::uint64_t peak_memory = 0;   // bytes of chunks held in memory
  std::uint64_t peak_scratch = 0;  // bytes held in the scratch file
};

class ChunkSpool : public ByteSource {
 public:
  explicit ChunkSpool(ChunkSpoolOptions options);
  ChunkSpool(const ChunkSpool&) = delete;
  ChunkSpool& operator=(const ChunkSpool&) = delete;

  // Takes a chunk. An error here, or the one given to Abort, is also what Read returns from then
  // on.
  Status Push(Chunk chunk);
  // No more chunks: Read ends after the last one.
  void Finish();
  // Ends both sides with `error`; the first one counts. What is waiting is dropped.
  void Abort(Error error);

  // Waits for bytes. The view is valid until the next call.
  Result<std::string_view> Read() override;

  ChunkSpoolStats stats() const;

 private:
  // One chunk in line: in memory, or `size` bytes at `offset` of the scratch file.
  struct Entry {
    std::optional<Chunk> chunk;
    std::uint64_t offset = 0;
    std::size_t size = 0;
  };

  Result<Entry> Spill(std::string_view bytes);
  Result<std::string_view> ReadScratch(const Entry& entry);
  std::uint64_t ScratchInUse() const;
  void AbortLocked(Error error) JETKEEP_REQUIRES(mutex_);

  const ChunkSpoolOptions options_;

  mutable Mutex mutex_;
  Condition changed_;
  std::deque<Entry> entries_ JETKEEP_GUARDED_BY(mutex_);
  std::uint64_t memory_bytes_ JETKEEP_GUARDED_BY(mutex_) = 0;
  bool finished_ JETKEEP_GUARDED_BY(mutex_) = false;
  std::optional<Error> error_ JETKEEP_GUARDED_BY(mutex_);
  ChunkSpoolStats stats_ JETKEEP_GUARDED_BY(mutex_);

  // The producer appends, and empties the file while no byte of it is unread; the consumer reads,
  // and gives back the space of what it has read before it counts those bytes as read.
  ScratchFile scratch_;
  std::atomic<std::uint64_t> unread_{0};     // bytes of the file that are in line
  std::atomic<bool> scratch_shrinks_{true};  // space before the reader can be given back
  std::uint64_t released_ = 0;               // the consumer's: given back up to here

  Chunk current_;       // the consumer's
  std::string buffer_;  // the consumer's
};

}  // namespace jetkeep
