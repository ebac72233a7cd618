#include "service/engine/subject_overlap.h"

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

}  // namespace jetkeep
