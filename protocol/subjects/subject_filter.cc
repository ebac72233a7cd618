#include "protocol/subjects/subject_filter.h"

#include <algorithm>

#include "protocol/subjects/match.h"

namespace jetkeep {
namespace {

bool AnyMatches(const std::vector<std::string>& patterns, std::string_view subject) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return SubjectIsSubset(subject, pattern); });
}

}  // namespace

Status CheckSubjectPattern(std::string_view pattern) {
  const auto refuse = [&](const std::string& why) {
    return Fail(Errc::kInvalidName, "the subject \"" + std::string(pattern) + "\" " + why,
                "Tokens have points between them; '*' stands for one token, '>' at the end for one "
                "or more.");
  };
  if (pattern.empty()) return refuse("is empty");
  if (pattern.find_first_of(" \t\r\n\f") != std::string_view::npos) return refuse("holds a blank");
  if (pattern.front() == '.' || pattern.back() == '.' ||
      pattern.find("..") != std::string_view::npos) {
    return refuse("has an empty token");
  }
  if (const auto rest = pattern.find(">.");
      rest != std::string_view::npos && (rest == 0 || pattern[rest - 1] == '.')) {
    return refuse("has a '>' that is not its end");
  }
  return {};
}

Result<SubjectFilter> SubjectFilter::Make(const std::vector<std::string>& include,
                                          const std::vector<std::string>& exclude) {
  for (const auto* patterns : {&include, &exclude}) {
    for (const std::string& pattern : *patterns) JETKEEP_TRY(CheckSubjectPattern(pattern));
  }
  return SubjectFilter(include, exclude);
}

bool SubjectFilter::Takes(std::string_view subject) const {
  return (include_.empty() || AnyMatches(include_, subject)) && !AnyMatches(exclude_, subject);
}

}  // namespace jetkeep
