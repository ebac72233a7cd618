#include "service/engine/restore/chunk_queue.h"

#include <algorithm>
#include <utility>

namespace jetkeep {

ChunkQueue::ChunkQueue(std::size_t chunk_bytes, std::size_t chunks, CancelToken cancel)
    : chunk_bytes_(std::max<std::size_t>(chunk_bytes, 1)),
      cancel_(std::move(cancel)),
      queue_(chunks),
      pending_(chunk_bytes_) {}

ByteBuffer ChunkQueue::NewChunk() {
  ByteBuffer chunk;
  {
    const MutexLock lock(mutex_);
    if (!spare_.empty()) {
      chunk = std::move(spare_.back());
      spare_.pop_back();
    }
  }
  chunk.Clear();
  chunk.Reserve(chunk_bytes_);
  return chunk;
}

Status ChunkQueue::Write(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t taken = std::min(bytes.size(), chunk_bytes_ - pending_.size());
    pending_.Append(bytes.substr(0, taken));
    bytes.remove_prefix(taken);
    if (pending_.size() == chunk_bytes_) JETKEEP_TRY(Flush());
  }
  return {};
}

Status ChunkQueue::Flush() {
  if (pending_.size() == 0) return {};
  const bool sending = sending_;
  const auto begin = std::chrono::steady_clock::now();
  const std::size_t bytes = pending_.size();
  JETKEEP_ASSIGN(const bool taken, queue_.Push(std::exchange(pending_, NewChunk()), cancel_));
  if (!taken) return Fail(Errc::kCancelled, "the archive is not wanted any more");
  pace_.bytes += bytes;
  if (sending) pace_.waited += std::chrono::steady_clock::now() - begin;
  return {};
}

Result<std::optional<ByteBuffer>> ChunkQueue::Next(ByteBuffer used) {
  sending_ = true;
  if (used.capacity() > 0) {
    const MutexLock lock(mutex_);
    spare_.push_back(std::move(used));
  }
  return queue_.Pop(cancel_);
}

}  // namespace jetkeep
