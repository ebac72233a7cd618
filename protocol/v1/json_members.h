// Takes a JSON object apart into its members' own bytes, and puts such bytes together again, so
// that whatever a newer server wrote (unknown keys, 64-bit integers, order) survives unchanged.
// Ownership: views point into the given text. Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"

namespace jetkeep::v1 {

struct JsonMember {
  std::string_view key;    // as written, between its quotes, escapes and all
  std::string_view value;  // as written, without the space around it
};

// The members of the one object that `text` is. Anything else is kArchiveCorrupt. Checks the
// structure (brackets, strings, separators) but not the spelling of numbers and words inside
// values.
Result<std::vector<JsonMember>> SplitJsonObject(std::string_view text);

// "{", the members separated by commas, "}".
std::string JoinJsonObject(const std::vector<JsonMember>& members);

// A JSON string with its quotes; control characters, quotes and backslashes escaped.
std::string QuoteJson(std::string_view text);

// What a JSON string stands for. Anything else than one whole string is kArchiveCorrupt.
Result<std::string> UnquoteJson(std::string_view quoted);

}  // namespace jetkeep::v1
