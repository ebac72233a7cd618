#include "protocol/sequences/sequence_chunk.h"

#include <algorithm>
#include <bit>

namespace jetkeep {
namespace {

// As many runs as take the room of the bitmap.
constexpr std::size_t kMaxRuns = 2048;
constexpr std::size_t kWords = SequenceChunk::kSize / 64;

// The bits first..last (inclusive, within one word).
constexpr std::uint64_t Mask(std::uint32_t first, std::uint32_t last) {
  return (~std::uint64_t{0} >> (63 - (last - first))) << first;
}

}  // namespace

void SequenceChunk::Add(std::uint32_t first, std::uint32_t last) {
  if (!bits_.empty()) return SetBits(first, last, true);
  AddRun(first, last);
  if (runs_.size() > kMaxRuns) ToBits();
}

void SequenceChunk::Remove(std::uint32_t first, std::uint32_t last) {
  if (!bits_.empty()) return SetBits(first, last, false);
  RemoveRun(first, last);
  if (runs_.size() > kMaxRuns) ToBits();
}

void SequenceChunk::AddRun(std::uint32_t first, std::uint32_t last) {
  // The first run that touches or follows the new one; almost always none, as members come in
  // rising order.
  auto begin = runs_.end();
  if (!runs_.empty() && runs_.back().last + 1u >= first) {
    begin = std::lower_bound(runs_.begin(), runs_.end(), first,
                             [](const Run& run, std::uint32_t n) { return run.last + 1u < n; });
  }
  auto end = begin;
  std::uint32_t merged_first = first;
  std::uint32_t merged_last = last;
  std::uint32_t had = 0;
  while (end != runs_.end() && end->first <= last + 1u) {
    merged_first = std::min<std::uint32_t>(merged_first, end->first);
    merged_last = std::max<std::uint32_t>(merged_last, end->last);
    had += end->last - end->first + 1u;
    ++end;
  }
  const Run merged{static_cast<std::uint16_t>(merged_first),
                   static_cast<std::uint16_t>(merged_last)};
  count_ += merged_last - merged_first + 1 - had;
  if (begin == end) {
    runs_.insert(begin, merged);
  } else {
    *begin = merged;
    runs_.erase(begin + 1, end);
  }
}

void SequenceChunk::RemoveRun(std::uint32_t first, std::uint32_t last) {
  auto run = std::lower_bound(runs_.begin(), runs_.end(), first,
                              [](const Run& r, std::uint32_t n) { return r.last < n; });
  while (run != runs_.end() && run->first <= last) {
    const std::uint32_t from = std::max<std::uint32_t>(run->first, first);
    const std::uint32_t to = std::min<std::uint32_t>(run->last, last);
    count_ -= to - from + 1;
    const bool keeps_left = run->first < from;
    const bool keeps_right = run->last > to;
    if (keeps_left && keeps_right) {
      const Run right{static_cast<std::uint16_t>(to + 1), run->last};
      run->last = static_cast<std::uint16_t>(from - 1);
      runs_.insert(run + 1, right);
      return;
    }
    if (keeps_left) {
      run->last = static_cast<std::uint16_t>(from - 1);
      ++run;
    } else if (keeps_right) {
      run->first = static_cast<std::uint16_t>(to + 1);
      return;
    } else {
      run = runs_.erase(run);
    }
  }
}

void SequenceChunk::SetBits(std::uint32_t first, std::uint32_t last, bool value) {
  for (std::uint32_t word = first / 64; word <= last / 64; ++word) {
    const std::uint32_t low = word == first / 64 ? first % 64 : 0;
    const std::uint32_t high = word == last / 64 ? last % 64 : 63;
    const std::uint64_t before = bits_[word];
    const std::uint64_t after = value ? before | Mask(low, high) : before & ~Mask(low, high);
    bits_[word] = after;
    count_ += static_cast<std::uint32_t>(std::popcount(after));
    count_ -= static_cast<std::uint32_t>(std::popcount(before));
  }
}

void SequenceChunk::ToBits() {
  bits_.resize(kWords);
  count_ = 0;
  for (const Run& run : runs_) SetBits(run.first, run.last, true);
  runs_ = {};
}

std::uint32_t SequenceChunk::CountIn(std::uint32_t first, std::uint32_t last) const {
  std::uint32_t count = 0;
  if (bits_.empty()) {
    auto run = std::lower_bound(runs_.begin(), runs_.end(), first,
                                [](const Run& r, std::uint32_t n) { return r.last < n; });
    for (; run != runs_.end() && run->first <= last; ++run) {
      count +=
          std::min<std::uint32_t>(run->last, last) - std::max<std::uint32_t>(run->first, first) + 1;
    }
    return count;
  }
  for (std::uint32_t word = first / 64; word <= last / 64; ++word) {
    const std::uint32_t low = word == first / 64 ? first % 64 : 0;
    const std::uint32_t high = word == last / 64 ? last % 64 : 63;
    count += static_cast<std::uint32_t>(std::popcount(bits_[word] & Mask(low, high)));
  }
  return count;
}

bool SequenceChunk::Next(std::uint32_t from, std::uint32_t* first, std::uint32_t* last) const {
  if (bits_.empty()) {
    const auto run = std::lower_bound(runs_.begin(), runs_.end(), from,
                                      [](const Run& r, std::uint32_t n) { return r.last < n; });
    if (run == runs_.end()) return false;
    *first = std::max<std::uint32_t>(run->first, from);
    *last = run->last;
    return true;
  }
  std::uint32_t word = from / 64;
  std::uint64_t members = bits_[word] & (~std::uint64_t{0} << (from % 64));
  while (members == 0) {
    if (++word == kWords) return false;
    members = bits_[word];
  }
  const auto low = static_cast<std::uint32_t>(std::countr_zero(members));
  *first = word * 64 + low;
  std::uint64_t gaps = ~bits_[word] & (~std::uint64_t{0} << low);
  while (gaps == 0) {
    if (++word == kWords) {
      *last = kSize - 1;
      return true;
    }
    gaps = ~bits_[word];
  }
  *last = word * 64 + static_cast<std::uint32_t>(std::countr_zero(gaps)) - 1;
  return true;
}

}  // namespace jetkeep
