// MessageSelection: which messages of a backup are meant. A value; a message is taken if it
// satisfies every part.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace jetkeep {

struct MessageSelection {
  std::vector<std::string> subjects;  // patterns with '*' and '>'; empty: every subject
  std::vector<std::string> exclude;   // subjects that are not taken; patterns, too
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;    // inclusive; 0: no bound
  std::int64_t since_ns = 0;          // 0: no bound
  std::int64_t until_ns = 0;          // exclusive; 0: no bound
  bool last_of_each_subject = false;  // of what the other parts take
  bool all() const { return *this == MessageSelection(); }
  friend bool operator==(const MessageSelection&, const MessageSelection&) = default;
};

}  // namespace jetkeep
