#include "protocol/json/json_layout.h"

#include <cstddef>

namespace jetkeep {
namespace {

constexpr std::string_view kSpace = " \t\n\r";

// Where the string that begins at `at` ends: behind its closing quote.
std::size_t EndOfString(std::string_view json, std::size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at) {
    if (json[at] == '\\') ++at;
  }
  return at + 1 < json.size() ? at + 1 : json.size();
}

void NewLine(std::string& out, int level) {
  out += '\n';
  out.append(static_cast<std::size_t>(level) * 2, ' ');
}

}  // namespace

std::string CompactJson(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t at = 0; at < json.size();) {
    if (json[at] == '"') {
      const std::size_t end = EndOfString(json, at);
      out += json.substr(at, end - at);
      at = end;
    } else {
      if (kSpace.find(json[at]) == std::string_view::npos) out += json[at];
      ++at;
    }
  }
  return out;
}

std::string IndentJson(std::string_view json, int level) {
  const std::string compact = CompactJson(json);
  const std::string_view text = compact;
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      const std::size_t end = EndOfString(text, at);
      out += text.substr(at, end - at);
      at = end;
      continue;
    }
    ++at;
    if ((c == '{' || c == '[') && at < text.size() && (text[at] == '}' || text[at] == ']')) {
      out += c;
      out += text[at++];
    } else if (c == '{' || c == '[') {
      out += c;
      NewLine(out, ++level);
    } else if (c == '}' || c == ']') {
      NewLine(out, --level);
      out += c;
    } else if (c == ',') {
      out += c;
      NewLine(out, level);
    } else if (c == ':') {
      out += ": ";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace jetkeep
