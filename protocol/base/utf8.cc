#include "protocol/base/utf8.h"

#include <algorithm>
#include <cstddef>

namespace jetkeep {
namespace {

bool InRange(std::string_view text, std::size_t at, unsigned char low, unsigned char high) {
  if (at >= text.size()) return false;
  const auto byte = static_cast<unsigned char>(text[at]);
  return byte >= low && byte <= high;
}

// The length of the valid sequence that starts at `at`; 0 if there is none (RFC 3629, section 4).
std::size_t SequenceLength(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return InRange(text, at + 1, 0x80, 0xbf) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    // No overlong forms (after e0) and no surrogates (after ed).
    const unsigned char low = first == 0xe0 ? 0xa0 : 0x80;
    const unsigned char high = first == 0xed ? 0x9f : 0xbf;
    return InRange(text, at + 1, low, high) && InRange(text, at + 2, 0x80, 0xbf) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const unsigned char low = first == 0xf0 ? 0x90 : 0x80;
    const unsigned char high = first == 0xf4 ? 0x8f : 0xbf;
    return InRange(text, at + 1, low, high) && InRange(text, at + 2, 0x80, 0xbf) &&
                   InRange(text, at + 3, 0x80, 0xbf)
               ? 4
               : 0;
  }
  return 0;
}

// The number of bytes that the character with this first byte has; 1 for bytes that begin none.
std::size_t LengthByFirstByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0xf0 && byte <= 0xf4) return 4;
  if (byte >= 0xe0 && byte < 0xf0) return 3;
  return byte >= 0xc2 && byte < 0xe0 ? 2 : 1;
}

}  // namespace

bool IsUtf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = SequenceLength(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string ToUtf8(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = SequenceLength(text, at);
    if (length == 0) {
      clean += "\xef\xbf\xbd";
      ++at;
    } else {
      clean.append(text.substr(at, length));
      at += length;
    }
  }
  return clean;
}

std::string_view WithoutPartialCharacter(std::string_view text) {
  constexpr std::size_t kLongestPart = 3;
  for (std::size_t back = 1; back <= std::min(kLongestPart, text.size()); ++back) {
    const char c = text[text.size() - back];
    const bool continues = (static_cast<unsigned char>(c) & 0xc0U) == 0x80;
    if (continues) continue;
    return LengthByFirstByte(c) > back ? text.substr(0, text.size() - back) : text;
  }
  return text;
}

std::string_view CutUtf8(std::string_view text, std::size_t bytes) {
  return text.size() <= bytes ? text : WithoutPartialCharacter(text.substr(0, bytes));
}

}  // namespace jetkeep
