#include "protocol/base/message_headers.h"

#include <algorithm>

namespace jetkeep {
namespace {

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::optional<std::vector<std::pair<std::string_view, std::string_view>>> HeaderLines(
    std::string_view block) {
  constexpr std::string_view kVersion = "NATS/1.0";
  constexpr std::string_view kEnd = "\r\n";
  std::vector<std::pair<std::string_view, std::string_view>> lines;
  bool first = true;
  while (!block.empty()) {
    const std::size_t end = block.find(kEnd);
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = block.substr(0, end);
    block.remove_prefix(end + kEnd.size());
    if (first) {
      if (!line.starts_with(kVersion)) return std::nullopt;
      first = false;
      continue;
    }
    if (line.empty()) return block.empty() ? std::optional(lines) : std::nullopt;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    lines.emplace_back(line.substr(0, colon), value);
  }
  return std::nullopt;
}

bool SameHeaderName(std::string_view a, std::string_view b) {
  return a.size() == b.size() && HeaderNameStartsWith(a, b);
}

bool HeaderNameStartsWith(std::string_view name, std::string_view front) {
  return name.size() >= front.size() &&
         std::equal(front.begin(), front.end(), name.begin(),
                    [](char a, char b) { return Lower(a) == Lower(b); });
}

}  // namespace jetkeep
