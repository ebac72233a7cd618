#include "protocol/subjects/match.h"

namespace jetkeep {
namespace {

// Takes the first token off.
std::string_view NextToken(std::string_view& subject) {
  const auto dot = subject.find('.');
  const std::string_view token = subject.substr(0, dot);
  subject.remove_prefix(dot == std::string_view::npos ? subject.size() : dot + 1);
  return token;
}

}  // namespace

bool SubjectsOverlap(std::string_view a, std::string_view b) {
  while (!a.empty() && !b.empty()) {
    const std::string_view x = NextToken(a);
    const std::string_view y = NextToken(b);
    if (x == ">" || y == ">") return true;
    if (x != y && x != "*" && y != "*") return false;
  }
  return a.empty() && b.empty();
}

bool SubjectIsSubset(std::string_view subject, std::string_view pattern) {
  while (!subject.empty() && !pattern.empty()) {
    const std::string_view token = NextToken(subject);
    const std::string_view wanted = NextToken(pattern);
    if (wanted == ">") return true;
    if (token == ">" || (token != wanted && wanted != "*")) return false;
  }
  return subject.empty() && pattern.empty();
}

}  // namespace jetkeep
