#include "protocol/sequences/sequence_set.h"

#include <algorithm>
#include <iterator>

namespace jetkeep {
namespace {

constexpr std::uint32_t kChunk = SequenceChunk::kSize;
constexpr std::uint32_t kChunkLast = kChunk - 1;

constexpr std::uint64_t ChunkOf(std::uint64_t sequence) { return sequence / kChunk; }
constexpr std::uint32_t InChunk(std::uint64_t sequence) {
  return static_cast<std::uint32_t>(sequence % kChunk);
}

}  // namespace

void SequenceSet::AddRange(std::uint64_t first, std::uint64_t last) {
  first = std::max<std::uint64_t>(first, 1);
  if (first > last) return;
  std::uint64_t chunk = ChunkOf(first);
  const std::uint64_t end = ChunkOf(last);
  if (chunk == end) return AddInChunk(chunk, InChunk(first), InChunk(last));
  if (InChunk(first) != 0) AddInChunk(chunk++, InChunk(first), kChunkLast);
  if (InChunk(last) == kChunkLast) {
    AddFull(chunk, end);
  } else {
    if (chunk < end) AddFull(chunk, end - 1);
    AddInChunk(end, 0, InChunk(last));
  }
}

void SequenceSet::RemoveRange(std::uint64_t first, std::uint64_t last) {
  first = std::max<std::uint64_t>(first, 1);
  if (first > last || empty()) return;
  std::uint64_t chunk = ChunkOf(first);
  const std::uint64_t end = ChunkOf(last);
  if (chunk == end) return RemoveInChunk(chunk, InChunk(first), InChunk(last));
  if (InChunk(first) != 0) RemoveInChunk(chunk++, InChunk(first), kChunkLast);
  if (chunk < end) {
    RemoveFull(chunk, end - 1);
    DropChunks(chunk, end - 1);
  }
  RemoveInChunk(end, 0, InChunk(last));
}

void SequenceSet::Clear() {
  chunks_.clear();
  full_.clear();
  count_ = 0;
}

bool SequenceSet::IsFull(std::uint64_t chunk) const {
  if (full_.empty() || full_.rbegin()->second < chunk) return false;
  const auto after = full_.upper_bound(chunk);
  return after != full_.begin() && std::prev(after)->second >= chunk;
}

void SequenceSet::AddInChunk(std::uint64_t chunk, std::uint32_t first, std::uint32_t last) {
  if (IsFull(chunk)) return;
  // Members come in rising order: the chunk is nearly always the last one.
  auto found = chunks_.end();
  if (!chunks_.empty() && std::prev(found)->first == chunk) {
    found = std::prev(found);
  } else {
    found = chunks_.try_emplace(chunk).first;
  }
  SequenceChunk& members = found->second;
  count_ -= members.Count();
  members.Add(first, last);
  count_ += members.Count();
  if (members.Count() == kChunk) AddFull(chunk, chunk);
}

void SequenceSet::RemoveInChunk(std::uint64_t chunk, std::uint32_t first, std::uint32_t last) {
  if (IsFull(chunk)) {
    if (first == 0 && last == kChunkLast) return RemoveFull(chunk, chunk);
    RemoveFull(chunk, chunk);
    chunks_[chunk].Add(0, kChunkLast);
    count_ += kChunk;
  }
  const auto found = chunks_.find(chunk);
  if (found == chunks_.end()) return;
  count_ -= found->second.Count();
  found->second.Remove(first, last);
  count_ += found->second.Count();
  if (found->second.Count() == 0) chunks_.erase(found);
}

void SequenceSet::AddFull(std::uint64_t first, std::uint64_t last) {
  DropChunks(first, last);
  RemoveFull(first, last);
  // 0 is never a member, so that a full chunk 0 cannot be: the count stays below 2^64.
  count_ += (last - first + 1) * kChunk;
  const auto after = full_.lower_bound(first);
  auto at = after;
  if (after != full_.begin() && std::prev(after)->second + 1 == first) {
    at = std::prev(after);
    at->second = last;
  } else {
    at = full_.emplace(first, last).first;
  }
  if (after != full_.end() && after->first == last + 1) {
    at->second = after->second;
    full_.erase(after);
  }
}

void SequenceSet::RemoveFull(std::uint64_t first, std::uint64_t last) {
  auto run = full_.upper_bound(first);
  if (run != full_.begin()) --run;
  while (run != full_.end() && run->first <= last) {
    if (run->second < first) {
      ++run;
      continue;
    }
    const std::uint64_t run_first = run->first;
    const std::uint64_t run_last = run->second;
    run = full_.erase(run);
    const std::uint64_t from = std::max(run_first, first);
    const std::uint64_t to = std::min(run_last, last);
    count_ -= (to - from + 1) * kChunk;
    if (run_first < from) full_.emplace(run_first, from - 1);
    if (run_last > to) full_.emplace(to + 1, run_last);
  }
}

void SequenceSet::DropChunks(std::uint64_t first, std::uint64_t last) {
  auto chunk = chunks_.lower_bound(first);
  while (chunk != chunks_.end() && chunk->first <= last) {
    count_ -= chunk->second.Count();
    chunk = chunks_.erase(chunk);
  }
}

bool SequenceSet::Contains(std::uint64_t sequence) const {
  std::uint32_t first = 0;
  std::uint32_t last = 0;
  const auto chunk = chunks_.find(ChunkOf(sequence));
  if (chunk == chunks_.end()) return IsFull(ChunkOf(sequence));
  return chunk->second.Next(InChunk(sequence), &first, &last) && first == InChunk(sequence);
}

std::uint64_t SequenceSet::CountIn(std::uint64_t first, std::uint64_t last) const {
  if (first > last) return 0;
  std::uint64_t count = 0;
  const auto count_chunk = [&](std::uint64_t chunk, const SequenceChunk& members) {
    const std::uint32_t from = chunk == ChunkOf(first) ? InChunk(first) : 0;
    const std::uint32_t to = chunk == ChunkOf(last) ? InChunk(last) : kChunkLast;
    count += from == 0 && to == kChunkLast ? members.Count() : members.CountIn(from, to);
  };
  for (auto chunk = chunks_.lower_bound(ChunkOf(first));
       chunk != chunks_.end() && chunk->first <= ChunkOf(last); ++chunk) {
    count_chunk(chunk->first, chunk->second);
  }
  auto run = full_.upper_bound(ChunkOf(first));
  if (run != full_.begin()) --run;
  for (; run != full_.end() && run->first <= ChunkOf(last); ++run) {
    const std::uint64_t from = std::max(first, run->first * kChunk);
    const std::uint64_t to = std::min(last, run->second * kChunk + kChunkLast);
    if (from <= to) count += to - from + 1;
  }
  return count;
}

void SequenceSet::Union(const SequenceSet& other) {
  if (this == &other) return;
  other.ForEachRange([this](std::uint64_t first, std::uint64_t last) { AddRange(first, last); });
}

void SequenceSet::Subtract(const SequenceSet& other) {
  if (this == &other) return Clear();
  other.ForEachRange([this](std::uint64_t first, std::uint64_t last) { RemoveRange(first, last); });
}

bool SequenceSet::NextRange(std::uint64_t from, std::uint64_t* first, std::uint64_t* last) const {
  std::uint64_t chunk = ChunkOf(from);
  std::uint32_t start = InChunk(from);
  auto members = chunks_.lower_bound(chunk);
  auto run = full_.upper_bound(chunk);
  if (run != full_.begin() && std::prev(run)->second >= chunk) --run;
  bool open = false;  // a run that reaches the end of the chunk before this one
  while (true) {
    if (open && (run == full_.end() || run->first > chunk) &&
        (members == chunks_.end() || members->first > chunk)) {
      return true;
    }
    if (run != full_.end() && (members == chunks_.end() || run->first < members->first)) {
      const std::uint64_t at = std::max(run->first, chunk);
      if (!open) *first = at * kChunk + (at == chunk ? start : 0);
      *last = run->second * kChunk + kChunkLast;
      chunk = run->second + 1;
      ++run;
      open = true;
    } else if (members != chunks_.end()) {
      const std::uint32_t at = members->first == chunk ? start : 0;
      std::uint32_t low = 0;
      std::uint32_t high = 0;
      const bool some = members->second.Next(at, &low, &high);
      if (open && (!some || low != 0)) return true;
      if (some) {
        if (!open) *first = members->first * kChunk + low;
        *last = members->first * kChunk + high;
        if (high != kChunkLast) return true;
        open = true;
      }
      chunk = members->first + 1;
      ++members;
    } else {
      return open;
    }
    start = 0;
  }
}

bool operator==(const SequenceSet& a, const SequenceSet& b) {
  if (a.count_ != b.count_) return false;
  SequenceSet::Cursor left(a);
  SequenceSet::Cursor right(b);
  for (; left.Valid() && right.Valid(); left.Next(), right.Next()) {
    if (left.first() != right.first() || left.last() != right.last()) return false;
  }
  return left.Valid() == right.Valid();
}

}  // namespace jetkeep
