// Takes a JSON object apart into its members' own bytes, and puts such bytes together again, so
// that whatever a newer server wrote (unknown keys, 64-bit integers, order) survives unchanged.
// Ownership: views point into the given text. Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"

namespace jetkeep::v1 {

struct JsonMember {
  std::string_view key;    // as written, between its quotes, escapes and all
  std::string_view value;  // as written, without the space around it
};

// Calls `f` for each member of the one object that `text` is, in order, and stops at its first
// error. Anything else than one object is kArchiveCorrupt. Checks the structure (brackets, strings,
// separators) but not the spelling of numbers and words inside values. Allocates nothing.
Status ForEachJsonMember(std::string_view text, const std::function<Status(const JsonMember&)>& f);

// The same, as a list: for objects with few members.
Result<std::vector<JsonMember>> SplitJsonObject(std::string_view text);

// "{", the members separated by commas, "}".
std::string JoinJsonObject(const std::vector<JsonMember>& members);

// A JSON string with its quotes; control characters, quotes and backslashes escaped.
std::string QuoteJson(std::string_view text);

// A whole number from 0 to 2^64-1, exactly. Anything else is kArchiveCorrupt.
Result<std::uint64_t> JsonUint64(std::string_view value);
// The same from -2^63 to 2^63-1.
Result<std::int64_t> JsonInt64(std::string_view value);

// What a JSON string stands for. Anything else than one whole string is kArchiveCorrupt.
Result<std::string> UnquoteJson(std::string_view quoted);

}  // namespace jetkeep::v1
