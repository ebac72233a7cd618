#include "service/work/chunk_spool.h"

#include <algorithm>
#include <utility>

namespace jetkeep {
namespace {

// Space is given back in steps of this size.
constexpr std::uint64_t kReleaseStep = 1024 * 1024;

}  // namespace

ChunkSpool::ChunkSpool(ChunkSpoolOptions options) : options_(std::move(options)) {}

Status ChunkSpool::Push(Chunk chunk) {
  const std::size_t size = chunk.bytes().size();
  if (size == 0) return {};
  {
    const MutexLock lock(mutex_);
    if (error_) return Fail(*error_);
    stats_.bytes_in += size;
    if (memory_bytes_ + size <= options_.memory_limit) {
      memory_bytes_ += size;
      stats_.peak_memory = std::max(stats_.peak_memory, memory_bytes_);
      entries_.push_back({std::move(chunk), 0, size});
      changed_.NotifyAll();
      return {};
    }
  }
  auto spilled = Spill(chunk.bytes());
  const MutexLock lock(mutex_);
  if (error_) return Fail(*error_);
  if (!spilled) {
    AbortLocked(spilled.error());
    return Fail(std::move(spilled.error()));
  }
  stats_.bytes_spilled += size;
  stats_.peak_scratch = std::max(stats_.peak_scratch, ScratchInUse());
  entries_.push_back(std::move(*spilled));
  changed_.NotifyAll();
  return {};
}

std::uint64_t ChunkSpool::ScratchInUse() const {
  return scratch_shrinks_.load() ? unread_.load() : scratch_.size();
}

Result<ChunkSpool::Entry> ChunkSpool::Spill(std::string_view bytes) {
  if (unread_.load() == 0 && scratch_.size() > 0) JETKEEP_TRY(scratch_.Reset());
  if (ScratchInUse() + bytes.size() > options_.scratch_limit) {
    return Fail(
        Errc::kScratchFull,
        "the repository takes data more slowly than the server sends it, and the limit of " +
            std::to_string(options_.scratch_limit) + " bytes of scratch space is reached",
        "Raise scratch.limit, or give the repository a faster disk.");
  }
  if (!scratch_.is_open()) JETKEEP_TRY(scratch_.Open(options_.scratch_directory));
  Entry entry;
  entry.offset = scratch_.size();
  entry.size = bytes.size();
  JETKEEP_TRY(scratch_.Append(bytes));
  unread_ += bytes.size();
  return entry;
}

void ChunkSpool::Finish() {
  const MutexLock lock(mutex_);
  finished_ = true;
  changed_.NotifyAll();
}

void ChunkSpool::Abort(Error error) {
  const MutexLock lock(mutex_);
  AbortLocked(std::move(error));
}

void ChunkSpool::AbortLocked(Error error) {
  if (error_) return;
  error_ = std::move(error);
  entries_.clear();
  changed_.NotifyAll();
}

Result<std::string_view> ChunkSpool::Read() {
  Entry entry;
  const std::size_t done = current_.bytes().size();
  current_ = Chunk();
  {
    MutexLock lock(mutex_);
    memory_bytes_ -= done;
    changed_.Wait(lock, [this]() JETKEEP_REQUIRES(mutex_) {
      return error_ || finished_ || !entries_.empty();
    });
    if (error_) return Fail(*error_);
    if (entries_.empty()) return std::string_view();
    entry = std::move(entries_.front());
    entries_.pop_front();
  }
  if (!entry.chunk) return ReadScratch(entry);
  current_ = std::move(*entry.chunk);
  return current_.bytes();
}

Result<std::string_view> ChunkSpool::ReadScratch(const Entry& entry) {
  buffer_.resize(entry.size);
  if (auto read = scratch_.ReadAt(entry.offset, entry.size, buffer_.data()); !read) {
    Abort(read.error());
    return Fail(std::move(read.error()));
  }
  if (entry.offset < released_) released_ = entry.offset;  // the producer has begun the file anew
  const std::uint64_t end = entry.offset + entry.size;
  if (end - released_ >= kReleaseStep) {
    if (!scratch_.Release(released_, end)) scratch_shrinks_.store(false);
    released_ = end;
  }
  unread_ -= entry.size;
  return buffer_;
}

ChunkSpoolStats ChunkSpool::stats() const {
  const MutexLock lock(mutex_);
  return stats_;
}

}  // namespace jetkeep
