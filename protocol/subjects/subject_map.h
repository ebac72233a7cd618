// SubjectMap: subjects renamed by rules, as a server's subject transform does it. The first rule
// that matches counts; a subject that no rule matches stays. Thread-safety: a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/restore_changes.h"

namespace jetkeep {

class SubjectMap {
 public:
  SubjectMap() = default;
  // kInvalidName: a pattern is none; kInvalidRequest: a destination that cannot be made of what the
  // pattern matches.
  static Result<SubjectMap> Make(const std::vector<SubjectRule>& rules);

  // After the rules, each subject, pattern and destination goes through `edit`, which keeps the
  // number of tokens and different subjects different. A subject of a message is `literal`: in the
  // others, wildcards and tokens that a transform fills in have to stay.
  using Edit = std::function<void(std::string& subject, bool literal)>;
  void ThenEdit(Edit edit) { edit_ = std::move(edit); }

  bool empty() const { return rules_.empty() && !edit_; }
  // True: `mapped` holds what the subject becomes; else it stays.
  bool Map(std::string_view subject, std::string& mapped) const;
  // The same by the rules alone.
  bool MapByRules(std::string_view subject, std::string& mapped) const;

  // Patterns that together match what the subjects that match `pattern` become. None of them lies
  // within another.
  std::vector<std::string> ImagesOf(std::string_view pattern) const;
  // Of several patterns together.
  std::vector<std::string> ImagesOf(const std::vector<std::string>& patterns) const;

  // What the one rule that matches all of `shape`, a pattern, makes of `text`, which has a token of
  // its own for each of the pattern's. No rule matches any of it: `text`. None: otherwise.
  std::optional<std::string> WholeImageOf(std::string_view shape, std::string_view text) const;

  // Whether subjects that match one of the patterns and differ may become the same.
  bool MayMerge(const std::vector<std::string>& patterns) const;

  // By how many bytes subjects that match one of the patterns become longer, at most and at least;
  // none where that depends on the subject.
  struct Growth {
    std::int64_t least = 0;
    std::int64_t most = 0;
  };
  std::optional<Growth> GrowthOf(const std::vector<std::string>& patterns) const;

 private:
  struct Part {
    std::string text;          // as it is, or
    std::size_t wildcard = 0;  // what the wildcard of that number matched, from 1
    bool rest = false;         // or what the '>' did
  };
  struct Rule {
    std::string from;
    std::vector<std::string> tokens;  // of `from`
    std::string front;                // of `from`, if only its end is a wildcard: "orders."
    std::vector<Part> to;
    std::string to_front;  // of `to`, if there is `front` and only the rest follows: "copy."
    std::size_t wildcards = 0;
  };
  static Result<Rule> ReadRule(const SubjectRule& rule);
  static Status ReadPart(const SubjectRule& rule, std::string_view token, Rule& read);
  static bool KeepsAll(const Rule& rule);
  static bool Apply(const Rule& rule, std::string_view text, std::string& mapped);

  std::vector<Rule> rules_;
  Edit edit_;
};

}  // namespace jetkeep
