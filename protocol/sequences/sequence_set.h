// SequenceSet: a set of stream sequences (1..2^64-1), compact both for long ranges and for many
// scattered members: ten million alternating sequences take under 3 MiB, a range of any length a
// few dozen bytes.
//
// Sequence 0 is never a member; adding it does nothing. All ranges are inclusive; a range whose
// first exceeds its last is empty. Adding in rising order costs O(1), everything else O(log n) a
// chunk of 65,536. Thread-safety: a plain value (copy, move); const members may run on several
// threads.
#pragma once

#include <cstdint>
#include <map>

#include "protocol/sequences/sequence_chunk.h"

namespace jetkeep {

class SequenceSet {
 public:
  void Add(std::uint64_t sequence) { AddRange(sequence, sequence); }
  void AddRange(std::uint64_t first, std::uint64_t last);
  void Remove(std::uint64_t sequence) { RemoveRange(sequence, sequence); }
  void RemoveRange(std::uint64_t first, std::uint64_t last);
  void Clear();

  bool Contains(std::uint64_t sequence) const;
  bool empty() const { return count_ == 0; }
  std::uint64_t Count() const { return count_; }
  std::uint64_t CountIn(std::uint64_t first, std::uint64_t last) const;

  void Union(const SequenceSet& other);
  void Subtract(const SequenceSet& other);

  // The first run of members that ends at or after `from`, cut to begin no earlier than `from`; the
  // run is as long as can be. False: there is none.
  bool NextRange(std::uint64_t from, std::uint64_t* first, std::uint64_t* last) const;

  // Walks the ranges in rising order; the set must outlive it and not change meanwhile.
  class Cursor {
   public:
    explicit Cursor(const SequenceSet& set) : set_(&set) { Seek(1); }
    bool Valid() const { return valid_; }
    std::uint64_t first() const { return first_; }
    std::uint64_t last() const { return last_; }
    void Next() { last_ == ~std::uint64_t{0} ? void(valid_ = false) : Seek(last_ + 1); }
    // Whether the sequence is a member; for calls with rising sequences, in O(1) over a walk.
    bool Contains(std::uint64_t sequence) {
      if (valid_ && last_ < sequence) Seek(sequence);
      return valid_ && first_ <= sequence;
    }

   private:
    void Seek(std::uint64_t from) { valid_ = set_->NextRange(from, &first_, &last_); }

    const SequenceSet* set_;
    std::uint64_t first_ = 0;
    std::uint64_t last_ = 0;
    bool valid_ = false;
  };

  // f(first, last) for each longest range, in rising order.
  template <typename F>
  void ForEachRange(F&& f) const {
    for (Cursor cursor(*this); cursor.Valid(); cursor.Next()) f(cursor.first(), cursor.last());
  }

  friend bool operator==(const SequenceSet& a, const SequenceSet& b);

 private:
  // Chunk number -> members, for chunks with some members and some gaps.
  std::map<std::uint64_t, SequenceChunk> chunks_;
  // First -> last chunk number, for runs of chunks that are full. Runs never touch.
  std::map<std::uint64_t, std::uint64_t> full_;
  std::uint64_t count_ = 0;

  bool IsFull(std::uint64_t chunk) const;
  void AddInChunk(std::uint64_t chunk, std::uint32_t first, std::uint32_t last);
  void RemoveInChunk(std::uint64_t chunk, std::uint32_t first, std::uint32_t last);
  void AddFull(std::uint64_t first, std::uint64_t last);
  void RemoveFull(std::uint64_t first, std::uint64_t last);
  void DropChunks(std::uint64_t first, std::uint64_t last);
};

}  // namespace jetkeep
