// UTF-8 (RFC 3629): text in bodies must be it, whatever a client or a server put into a name or a
// message.
#pragma once

#include <string>
#include <string_view>

namespace jetkeep {

bool IsUtf8(std::string_view text);

// The same text with U+FFFD in place of every byte that is not part of valid UTF-8.
std::string ToUtf8(std::string_view text);

}  // namespace jetkeep
