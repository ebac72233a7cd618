// SubjectTable: counts messages by subject in bounded memory. Where there are more subjects than it
// has room for, it forgets the smallest and remembers how large a forgotten one can be; a second
// pass over the same messages then counts exactly what it still knows.
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/stats.h"

namespace jetkeep {

class SubjectTable {
 public:
  static constexpr std::size_t kMostBytes = std::size_t{12} * 1024 * 1024;

  explicit SubjectTable(StatsBy by, std::size_t most_bytes = kMostBytes)
      : by_(by), most_bytes_(most_bytes) {}

  void Add(std::string_view subject, const MessageFigures& message);
  // Every subject is counted apart.
  bool complete() const { return !forgot_; }
  // Begins the second pass: the subjects stay, the counts begin anew.
  void CountAgain();
  // The counts of all subjects; none: some were forgotten.
  std::optional<std::uint64_t> subjects() const;
  // The `count` largest, the largest first. Exact after a complete first pass, or a second one.
  std::vector<SubjectFigures> Largest(std::uint64_t count) const;
  // How large a subject outside of the `count` largest can be; 0: there is none.
  std::uint64_t OthersAtMost(std::uint64_t count) const;

 private:
  struct Entry {
    MessageFigures figures;
    std::uint64_t missed = 0;  // it can have had so much before it was known
  };
  using Entries = std::map<std::string, Entry, std::less<>>;

  static std::size_t BytesOf(std::string_view subject);
  void ForgetTheSmallest();
  std::vector<Entries::const_iterator> Ranked(std::uint64_t count) const;

  const StatsBy by_;
  const std::size_t most_bytes_;
  Entries entries_;
  std::size_t bytes_ = 0;
  bool forgot_ = false;
  bool again_ = false;
  std::uint64_t forgotten_at_most_ = 0;
};

}  // namespace jetkeep
