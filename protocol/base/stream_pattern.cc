#include "protocol/base/stream_pattern.h"

#include <algorithm>
#include <string>

#include "protocol/base/names.h"

namespace jetkeep {

bool HasWildcard(std::string_view word) {
  return word.find_first_of("*?") != std::string_view::npos;
}

Status CheckStreamPattern(std::string_view pattern) {
  if (pattern.empty()) {
    return Fail(Errc::kInvalidName, "a pattern of streams is empty",
                "Name streams, with * for any characters and ? for one; * alone means all.");
  }
  // What a name may be, with a letter for each wildcard.
  std::string name(pattern);
  std::replace(name.begin(), name.end(), '*', 'a');
  std::replace(name.begin(), name.end(), '?', 'a');
  Status good = CheckStreamName(name);
  if (good) return good;
  Error error = std::move(good).error();
  if (pattern.find('>') != std::string_view::npos) {
    error.hint = "In patterns of streams * stands for any characters; * alone means all streams.";
  }
  return Fail(std::move(error).Within("pattern \"" + std::string(pattern.substr(0, 64)) + "\""));
}

bool MatchesStreamPattern(std::string_view pattern, std::string_view name) {
  std::size_t at = 0;  // in the pattern
  std::size_t i = 0;   // in the name
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;  // where the last * began to match, one further at each failure
  while (i < name.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      resume = i;
    } else if (at < pattern.size() && (pattern[at] == '?' || pattern[at] == name[i])) {
      ++at;
      ++i;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      i = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

std::vector<std::string_view> SplitPatterns(std::string_view group) {
  std::vector<std::string_view> patterns;
  while (!group.empty()) {
    const std::size_t end = std::min(group.find(' '), group.size());
    if (end > 0) patterns.push_back(group.substr(0, end));
    group.remove_prefix(std::min(end + 1, group.size()));
  }
  return patterns;
}

}  // namespace jetkeep
