// SubjectFilter: takes the subjects that match one of some patterns and none of others. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"

namespace jetkeep {

// kInvalidName: no subject can match it: an empty token, a blank, or a '>' that is not the end.
Status CheckSubjectPattern(std::string_view pattern);

class SubjectFilter {
 public:
  // No `include` takes every subject. kInvalidName: a pattern is none.
  static Result<SubjectFilter> Make(const std::vector<std::string>& include,
                                    const std::vector<std::string>& exclude);

  bool Takes(std::string_view subject) const;
  bool TakesAll() const { return include_.empty() && exclude_.empty(); }

 private:
  SubjectFilter(std::vector<std::string> include, std::vector<std::string> exclude)
      : include_(std::move(include)), exclude_(std::move(exclude)) {}

  std::vector<std::string> include_;
  std::vector<std::string> exclude_;
};

}  // namespace jetkeep
