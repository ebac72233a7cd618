#include "protocol/subjects/subject_map.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "protocol/subjects/match.h"
#include "protocol/subjects/subject_filter.h"

namespace jetkeep {
namespace {

constexpr std::size_t kMaxSubjectBytes = 1024;
constexpr std::size_t kMaxTokens = 64;
constexpr std::size_t kMaxRules = 1000;

// Takes the first token off; there is one more if `more`.
std::string_view NextToken(std::string_view& subject, bool& more) {
  const auto dot = subject.find('.');
  const std::string_view token = subject.substr(0, dot);
  more = dot != std::string_view::npos;
  subject.remove_prefix(more ? dot + 1 : subject.size());
  return token;
}

std::vector<std::string> TokensOf(std::string_view subject) {
  std::vector<std::string> tokens;
  for (bool more = true; more;) tokens.emplace_back(NextToken(subject, more));
  return tokens;
}

// The pattern of what matches both; none: nothing does.
std::optional<std::string> Intersection(std::string_view a, std::string_view b) {
  std::string both;
  for (bool more_a = true, more_b = true; more_a && more_b;) {
    if (a == ">") return both.append(b);
    if (b == ">") return both.append(a);
    const std::string_view x = NextToken(a, more_a);
    const std::string_view y = NextToken(b, more_b);
    if (x != y && x != "*" && y != "*") return std::nullopt;
    if (more_a != more_b) return std::nullopt;
    both.append(x == "*" ? y : x);
    if (more_a) both.push_back('.');
  }
  return both;
}

std::string_view Trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// The number in "$1" or "{{wildcard(1)}}"; zero: neither.
std::size_t NumberIn(std::string_view token) {
  if (token.starts_with("{{") && token.ends_with("}}")) {
    token = Trimmed(token.substr(2, token.size() - 4));
    if (!token.starts_with("wildcard") && !token.starts_with("Wildcard")) return 0;
    token = Trimmed(token.substr(8));
    if (token.size() < 2 || token.front() != '(' || token.back() != ')') return 0;
    token = Trimmed(token.substr(1, token.size() - 2));
  } else if (token.starts_with('$')) {
    token.remove_prefix(1);
  } else {
    return 0;
  }
  std::size_t number = 0;
  const char* const end = token.data() + token.size();
  const auto [stopped, fault] = std::from_chars(token.data(), end, number);
  return fault == std::errc() && stopped == end ? number : 0;
}

tl::unexpected<Error> Unusable(const SubjectRule& rule, const std::string& why) {
  return Fail(Errc::kInvalidRequest,
              "subjects cannot be mapped from \"" + rule.from + "\" to \"" + rule.to + "\": " + why,
              "Write the destination as that of a server's subject transform: $1 or "
              "{{wildcard(1)}} stands for what the first '*' matched, a '>' at the end for the "
              "rest.");
}

}  // namespace

Status SubjectMap::ReadPart(const SubjectRule& rule, std::string_view token, Rule& read) {
  if (token.empty()) return Unusable(rule, "the destination has an empty token");
  Part part;
  if (token == ">") {
    part.rest = true;
  } else if (token == "*") {
    return Unusable(rule, "a '*' does not say which token is meant");
  } else if (part.wildcard = NumberIn(token); part.wildcard > 0) {
    if (part.wildcard > read.wildcards) {
      return Unusable(rule, "the pattern has no '*' of number " + std::to_string(part.wildcard));
    }
  } else if (token.find("{{") != std::string_view::npos) {
    return Unusable(rule, "wildcard(n) is the only function that is known here");
  } else if (token.find_first_of(" \t\r\n\f") != std::string_view::npos) {
    return Unusable(rule, "the destination holds a blank");
  } else {
    part.text = token;
  }
  read.to.push_back(std::move(part));
  return {};
}

Result<SubjectMap::Rule> SubjectMap::ReadRule(const SubjectRule& rule) {
  JETKEEP_TRY(CheckSubjectPattern(rule.from));
  if (rule.from.size() > kMaxSubjectBytes || rule.to.size() > kMaxSubjectBytes) {
    return Unusable(rule, "more than 1024 bytes");
  }
  Rule read;
  read.from = rule.from;
  read.tokens = TokensOf(rule.from);
  const bool rest = read.tokens.back() == ">";
  read.wildcards = static_cast<std::size_t>(
      std::count(read.tokens.begin(), read.tokens.end(), std::string("*")));
  if (rest && read.wildcards == 0) read.front = rule.from.substr(0, rule.from.size() - 1);
  if (rule.to.empty()) return Unusable(rule, "the destination is empty");
  const std::vector<std::string> tokens = TokensOf(rule.to);
  if (tokens.size() > kMaxTokens || read.tokens.size() > kMaxTokens) {
    return Unusable(rule, "more than 64 tokens");
  }
  for (const std::string& token : tokens) JETKEEP_TRY(ReadPart(rule, token, read));
  const auto rests =
      std::count_if(read.to.begin(), read.to.end(), [](const Part& part) { return part.rest; });
  if (rests > 0 && !(rests == 1 && read.to.back().rest)) {
    return Unusable(rule, "a '>' that is not the destination's end");
  }
  if (rest != (rests > 0)) return Unusable(rule, "only one of them ends with '>'");
  if (!read.front.empty()) {
    std::string front;
    for (const Part& part : read.to) {
      if (!part.rest) front += part.text + ".";
    }
    read.to_front = std::move(front);  // without wildcards in the pattern there are none here
  }
  return read;
}

Result<SubjectMap> SubjectMap::Make(const std::vector<SubjectRule>& rules) {
  if (rules.size() > kMaxRules) {
    return Fail(Errc::kInvalidRequest, "there are more than 1000 rules for subjects");
  }
  SubjectMap map;
  for (const SubjectRule& rule : rules) {
    JETKEEP_ASSIGN(Rule read, ReadRule(rule));
    map.rules_.push_back(std::move(read));
  }
  return map;
}

// REQUIRES: all that `text` stands for matches the rule.
bool SubjectMap::Apply(const Rule& rule, std::string_view text, std::string& mapped) {
  struct Matched {
    const char* at;
    std::size_t size;
  };
  std::array<Matched, kMaxTokens> matched;  // the first `wildcards` of them are set
  std::size_t wildcards = 0;
  std::string_view rest;
  bool more = true;
  for (const std::string& token : rule.tokens) {
    if (!more) return false;
    if (token == ">") {
      rest = text;
      more = false;
      break;
    }
    const std::string_view part = NextToken(text, more);
    if (token == "*") {
      matched[wildcards++] = {part.data(), part.size()};
    } else if (token != part) {
      return false;
    }
  }
  if (more) return false;
  mapped.clear();
  for (const Part& part : rule.to) {
    if (!mapped.empty()) mapped.push_back('.');
    if (part.rest) {
      mapped.append(rest);
    } else if (part.wildcard > 0) {
      mapped.append(matched[part.wildcard - 1].at, matched[part.wildcard - 1].size);
    } else {
      mapped.append(part.text);
    }
  }
  return true;
}

bool SubjectMap::Map(std::string_view subject, std::string& mapped) const {
  const bool by_rule = MapByRules(subject, mapped);
  if (!edit_) return by_rule;
  if (!by_rule) mapped = subject;
  edit_(mapped, /*literal=*/true);
  return true;
}

bool SubjectMap::MapByRules(std::string_view subject, std::string& mapped) const {
  return std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
    if (rule.front.empty()) return Apply(rule, subject, mapped);
    if (!subject.starts_with(rule.front) || subject.size() == rule.front.size()) return false;
    if (rule.to_front.empty()) return Apply(rule, subject, mapped);
    // Most rules by far, and this is done for every message.
    mapped = rule.to_front;
    mapped.append(subject.substr(rule.front.size()));
    return true;
  });
}

std::vector<std::string> SubjectMap::ImagesOf(std::string_view pattern) const {
  return ImagesOf(std::vector<std::string>{std::string(pattern)});
}

std::vector<std::string> SubjectMap::ImagesOf(const std::vector<std::string>& patterns) const {
  std::vector<std::string> images;
  const auto add = [&](std::string image) {
    if (edit_) edit_(image, /*literal=*/false);
    if (std::any_of(images.begin(), images.end(),
                    [&](const std::string& other) { return SubjectIsSubset(image, other); })) {
      return;
    }
    std::erase_if(images, [&](const std::string& other) { return SubjectIsSubset(other, image); });
    images.push_back(std::move(image));
  };
  for (const std::string& pattern : patterns) {
    bool all = false;
    for (const Rule& rule : rules_) {
      const auto both = Intersection(pattern, rule.from);
      std::string image;
      if (both && Apply(rule, *both, image)) add(std::move(image));
      all = SubjectIsSubset(pattern, rule.from);
      if (all) break;
    }
    if (!all) add(pattern);
  }
  return images;
}

std::optional<std::string> SubjectMap::WholeImageOf(std::string_view shape,
                                                    std::string_view text) const {
  for (const Rule& rule : rules_) {
    if (!Intersection(shape, rule.from)) continue;
    if (!SubjectIsSubset(shape, rule.from)) return std::nullopt;
    std::string image;
    if (!Apply(rule, text, image)) return std::nullopt;
    if (edit_) edit_(image, /*literal=*/false);
    return image;
  }
  std::string image(text);
  if (edit_) edit_(image, /*literal=*/false);
  return image;
}

// Each wildcard of the pattern stands in the destination.
bool SubjectMap::KeepsAll(const Rule& rule) {
  for (std::size_t number = 1; number <= rule.wildcards; ++number) {
    if (std::none_of(rule.to.begin(), rule.to.end(),
                     [&](const Part& part) { return part.wildcard == number; })) {
      return false;
    }
  }
  return true;
}

bool SubjectMap::MayMerge(const std::vector<std::string>& patterns) const {
  // Everything that one rule makes, or that stays, against what others make.
  std::vector<std::pair<const Rule*, std::string>> images;
  for (const std::string& pattern : patterns) {
    bool all = false;
    for (const Rule& rule : rules_) {
      const auto both = Intersection(pattern, rule.from);
      std::string image;
      if (both && Apply(rule, *both, image)) {
        if (!KeepsAll(rule) && both->find_first_of("*>") != std::string::npos) return true;
        images.emplace_back(&rule, std::move(image));
      }
      all = SubjectIsSubset(pattern, rule.from);
      if (all) break;
    }
    if (!all) images.emplace_back(nullptr, pattern);
  }
  for (std::size_t i = 0; i < images.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const bool other = images[i].first != images[j].first;
      // Two subjects of one rule that loses no token stay two.
      const bool loses = images[i].first != nullptr && !KeepsAll(*images[i].first);
      if ((other || loses) && SubjectsOverlap(images[i].second, images[j].second)) return true;
    }
  }
  return false;
}

std::optional<SubjectMap::Growth> SubjectMap::GrowthOf(
    const std::vector<std::string>& patterns) const {
  if (edit_) return std::nullopt;
  std::optional<Growth> growth;
  const auto add = [&](std::int64_t bytes) {
    if (!growth) growth = Growth{bytes, bytes};
    growth->least = std::min(growth->least, bytes);
    growth->most = std::max(growth->most, bytes);
  };
  for (const std::string& pattern : patterns) {
    bool all = false;
    for (const Rule& rule : rules_) {
      if (!Intersection(pattern, rule.from)) continue;
      std::vector<std::size_t> used(rule.wildcards + 1, 0);
      std::int64_t bytes = static_cast<std::int64_t>(rule.to.size()) -
                           static_cast<std::int64_t>(rule.tokens.size());  // points
      for (const Part& part : rule.to) {
        bytes += static_cast<std::int64_t>(part.text.size());
        ++used[part.wildcard];
      }
      for (const std::string& token : rule.tokens) {
        if (token != "*" && token != ">") bytes -= static_cast<std::int64_t>(token.size());
      }
      const bool once =
          std::all_of(used.begin() + 1, used.end(), [](std::size_t times) { return times == 1; });
      if (!once) return std::nullopt;
      add(bytes);
      all = SubjectIsSubset(pattern, rule.from);
      if (all) break;
    }
    if (!all) add(0);
  }
  return growth ? growth : Growth{};
}

}  // namespace jetkeep
