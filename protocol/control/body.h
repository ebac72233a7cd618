// Bodies on the wire: JSON (RFC 8259) or MessagePack, read into and written from one Document.
//
// Reading is strict, whatever the encoding: one object and nothing behind it, text in UTF-8, no
// member twice, no NaN or infinity, no binary or extension type, and the limits below.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "jetkeep/error.h"
#include "protocol/control/document.h"

namespace jetkeep {

enum class Encoding : std::uint8_t { kJson, kMsgpack };

struct BodyLimits {
  std::size_t bytes = std::size_t{64} * 1024;
  std::size_t depth = 16;     // objects and arrays inside each other
  std::size_t members = 128;  // of one object, so that looking for doubles stays cheap
};

// For answers and events, which a client of ours reads from a service that it trusts more.
inline constexpr BodyLimits kAnswerLimits{std::size_t{64} * 1024 * 1024, 64, 4096};

// By the first byte: '{' and white space are JSON, the start of a map (0x80..0x8f, 0xde, 0xdf) is
// MessagePack. Any other body, the empty one included, counts as JSON.
Encoding DetectEncoding(std::string_view body);

// An empty body is {}. Errors: kRequestTooLarge; kInvalidRequest, saying what is wrong and at which
// byte.
Result<Document> DecodeBody(std::string_view body, const BodyLimits& limits = {});

// Text that is not UTF-8 is written with U+FFFD in place of each wrong byte.
std::string EncodeBody(const Document& document, Encoding encoding);

}  // namespace jetkeep
