#include "jetkeep/sequence_map.h"

#include <algorithm>
#include <utility>

#include "jetkeep/stream_state.h"
#include "protocol/codec/varint.h"

namespace jetkeep {
namespace {

// Differences wrap around, so that any two numbers have one.
std::int64_t Difference(std::uint64_t a, std::uint64_t b) {
  return static_cast<std::int64_t>(a - b);
}
std::uint64_t Sum(std::uint64_t a, std::int64_t b) { return a + static_cast<std::uint64_t>(b); }

void PutValue(std::string& out, const PendingMessage& before, const PendingMessage& value) {
  PutVarint(out, Difference(value.consumer_sequence, before.consumer_sequence));
  PutVarint(out, Difference(static_cast<std::uint64_t>(value.timestamp_ns),
                            static_cast<std::uint64_t>(before.timestamp_ns)));
}
void PutValue(std::string& out, std::uint64_t /*before*/, std::uint64_t count) {
  PutUvarint(out, count);
}

// value: the one before, replaced by the next.
bool GetValue(std::string_view& in, PendingMessage& value) {
  std::int64_t consumer = 0;
  std::int64_t time = 0;
  if (!GetVarint(in, consumer) || !GetVarint(in, time)) return false;
  value.consumer_sequence = Sum(value.consumer_sequence, consumer);
  value.timestamp_ns =
      static_cast<std::int64_t>(Sum(static_cast<std::uint64_t>(value.timestamp_ns), time));
  return true;
}
bool GetValue(std::string_view& in, std::uint64_t& count) { return GetUvarint(in, count); }

template <typename Entry>
bool GetEntry(std::string_view& in, Entry& entry) {
  std::uint64_t step = 0;
  if (!GetUvarint(in, step) || !GetValue(in, entry.value)) return false;
  entry.sequence += step;
  return true;
}

}  // namespace

template <typename Value>
typename SequenceMap<Value>::Iterator& SequenceMap<Value>::Iterator::operator++() {
  there_ = !left_.empty() && GetEntry(left_, entry_);
  return *this;
}

template <typename Value>
std::optional<SequenceMap<Value>> SequenceMap<Value>::FromUnsorted(std::vector<Entry> entries) {
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.sequence < b.sequence; });
  SequenceMap map;
  for (const Entry& entry : entries) {
    if (!map.Append(entry.sequence, entry.value)) return std::nullopt;
  }
  map.coded_.shrink_to_fit();
  return map;
}

template <typename Value>
bool SequenceMap<Value>::Append(std::uint64_t sequence, const Value& value) {
  if (count_ > 0 && sequence <= last_.sequence) return false;
  PutUvarint(coded_, sequence - last_.sequence);
  PutValue(coded_, last_.value, value);
  last_ = {sequence, value};
  ++count_;
  return true;
}

template <typename Value>
bool SequenceMap<Value>::AppendCoded(std::string_view& in, std::uint64_t count) {
  Entry entry = last_;
  for (; count > 0; --count) {
    if (!GetEntry(in, entry) || !Append(entry.sequence, entry.value)) return false;
  }
  return true;
}

template <typename Value>
void SequenceMap<Value>::RemoveAbove(std::uint64_t sequence) {
  if (count_ == 0 || last_.sequence <= sequence) return;
  std::size_t kept = 0;
  std::size_t kept_bytes = 0;
  Entry last;
  for (Iterator entry = begin(); entry != end() && entry->sequence <= sequence; ++entry) {
    ++kept;
    kept_bytes = coded_.size() - entry.bytes_left();
    last = *entry;
  }
  coded_.resize(kept_bytes);
  count_ = kept;
  last_ = last;
}

template class SequenceMap<PendingMessage>;
template class SequenceMap<std::uint64_t>;

}  // namespace jetkeep
