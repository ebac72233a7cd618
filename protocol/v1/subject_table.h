// SubjectTable: the subjects of a stream with the number of their messages and the first and last
// block that has one, as an index of it lists them.
//
// Memory: kMaxBytes; what is more goes to the spill file, sorted in runs that ForEach merges, each
// with a buffer of 16 KiB (kMaxRuns of them at most). Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "jetkeep/spill_file.h"

namespace jetkeep::v1 {

struct SubjectCount {
  std::uint64_t messages = 0;
  std::uint32_t first_block = 0;
  std::uint32_t last_block = 0;
};

class SubjectTable {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{4} << 20;
  static constexpr std::size_t kMaxRuns = 512;

  // Without a spill file (it may be null, and outlives the table) no more is held than memory may.
  explicit SubjectTable(SpillFile* spill) : spill_(spill) {}

  // Counts one message. False: memory is used up, and from now on nothing is counted. Blocks rise.
  bool Count(std::string_view subject, std::uint32_t block);
  void Clear();

  // Each subject once, in rising order; as often as wanted.
  using Visit = std::function<Status(std::string_view subject, const SubjectCount& count)>;
  Status ForEach(const Visit& visit) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  using Map = std::unordered_map<std::string, SubjectCount, Hash, std::equal_to<>>;
  struct Run {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
  };

  static std::vector<const Map::value_type*> Sorted(const Map& counts);
  Status Spill();

  SpillFile* spill_;
  bool full_ = false;
  Map counts_;
  std::size_t bytes_ = 0;
  std::vector<Run> runs_;
};

}  // namespace jetkeep::v1
