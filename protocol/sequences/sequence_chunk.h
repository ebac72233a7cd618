// SequenceChunk: which of 65,536 neighbouring numbers are members. A short sorted list of runs, or
// a bitmap of 8 KiB once there are more runs than that is worth, whichever is smaller: a detail of
// SequenceSet. Thread-safety: a plain value.
#pragma once

#include <cstdint>
#include <vector>

namespace jetkeep {

class SequenceChunk {
 public:
  static constexpr std::uint32_t kSize = 65536;

  // All bounds are inclusive and below kSize.
  void Add(std::uint32_t first, std::uint32_t last);
  void Remove(std::uint32_t first, std::uint32_t last);
  std::uint32_t Count() const { return count_; }
  std::uint32_t CountIn(std::uint32_t first, std::uint32_t last) const;
  // The first run of members that ends at or after `from`, cut to begin no earlier than `from`.
  // False: there is none.
  bool Next(std::uint32_t from, std::uint32_t* first, std::uint32_t* last) const;

 private:
  struct Run {
    std::uint16_t first;
    std::uint16_t last;
  };
  void AddRun(std::uint32_t first, std::uint32_t last);
  void RemoveRun(std::uint32_t first, std::uint32_t last);
  void SetBits(std::uint32_t first, std::uint32_t last, bool value);
  void ToBits();

  std::vector<Run> runs_;            // in use while bits_ is empty
  std::vector<std::uint64_t> bits_;  // kSize bits, or empty
  std::uint32_t count_ = 0;
};

}  // namespace jetkeep
