// UTF-8 (RFC 3629): text in bodies must be it, whatever a client or a server put into a name or a
// message. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace jetkeep {

bool IsUtf8(std::string_view text);

// The same text with U+FFFD in place of every byte that is not part of valid UTF-8.
std::string ToUtf8(std::string_view text);

// The text's beginning, at most `bytes` long, that does not end inside a character: fewer bytes
// where the cut would fall into one. Bytes that are not UTF-8 are cut anywhere.
std::string_view CutUtf8(std::string_view text, std::size_t bytes);

// The same text without an incomplete character at its end, left by a cut between bytes.
std::string_view WithoutPartialCharacter(std::string_view text);

}  // namespace jetkeep
