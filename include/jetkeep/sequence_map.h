// SequenceMap: values by stream sequence, in rising order, in a few bytes each: a consumer may have
// hundreds of thousands of messages pending, and a stream many consumers.
//
// Held as the run of bytes that manifests keep (FORMAT.md, "Section consumers"), so it is read from
// its front only. Value: PendingMessage or a count. Views and iterators end at the next change.
// Thread-safety: a plain value. Implemented in protocol/codec.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace jetkeep {

template <typename Value>
class SequenceMap {
 public:
  struct Entry {
    std::uint64_t sequence = 0;
    Value value{};
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = Entry;
    using difference_type = std::ptrdiff_t;
    using pointer = const Entry*;
    using reference = const Entry&;

    Iterator() = default;  // the end
    explicit Iterator(std::string_view coded) : left_(coded) { ++*this; }
    const Entry& operator*() const { return entry_; }
    const Entry* operator->() const { return &entry_; }
    Iterator& operator++();
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) {
      return a.there_ == b.there_ && a.left_.size() == b.left_.size();
    }
    // The bytes behind this entry.
    std::size_t bytes_left() const { return left_.size(); }

   private:
    std::string_view left_;
    Entry entry_;
    bool there_ = false;
  };
  using iterator = Iterator;
  using const_iterator = Iterator;
  using value_type = Entry;
  using const_reference = const Entry&;
  using size_type = std::size_t;

  // Of entries in any order. Nothing if two have one sequence.
  static std::optional<SequenceMap> FromUnsorted(std::vector<Entry> entries);

  // False, and nothing is changed, if `sequence` is not above all others.
  bool Append(std::uint64_t sequence, const Value& value);
  // Appends `count` entries as coded() has them, and takes them off the front of `in`. False if
  // they are not that; some may have been appended.
  bool AppendCoded(std::string_view& in, std::uint64_t count);
  // Removes what lies above `sequence`.
  void RemoveAbove(std::uint64_t sequence);

  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }
  Iterator begin() const { return Iterator(coded_); }
  Iterator end() const { return {}; }
  std::string_view coded() const { return coded_; }

  friend bool operator==(const SequenceMap& a, const SequenceMap& b) {
    return a.coded_ == b.coded_;
  }

 private:
  std::string coded_;
  std::size_t count_ = 0;
  Entry last_;
};

}  // namespace jetkeep
