// Pieces of a JSON text exactly as they stand in it. Configurations of streams and consumers must
// survive byte for byte: a parsed and rewritten copy loses what a newer server added, and the order
// and spelling of the rest.
//
// The reader is strict (RFC 8259: no comments, no trailing commas, nothing after the value), checks
// the whole text once, allocates nothing but for keys with escapes, and refuses nesting deeper than
// kMaxJsonDepth. Of UTF-8 it checks the strings that it unescapes. All views point into the text
// they were taken from. Errors are kInvalidRequest and say at which byte the text goes wrong;
// FaultAs makes them those of the document that the text stands in. Thread-safety: free functions
// without state.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jetkeep/error.h"

namespace jetkeep {

inline constexpr int kMaxJsonDepth = 128;

// The value of `key` in the object that `json` is; without white space around it. A key that is
// absent, or there twice, is an error.
Result<std::string_view> RawMember(std::string_view json, std::string_view key);

// The same, but absent is no error.
Result<std::optional<std::string_view>> FindRawMember(std::string_view json, std::string_view key);

// Calls visit(key, value) for every member of the object that `json` is, in order. Keys arrive
// unescaped. An error from visit ends the walk and is returned.
using MemberVisitor = std::function<Status(std::string_view key, std::string_view value)>;
Status ForEachMember(std::string_view json, const MemberVisitor& visit);

// The same, also with the key as it is written, between its quotes.
using QuotedMemberVisitor =
    std::function<Status(std::string_view quoted, std::string_view key, std::string_view value)>;
Status ForEachQuotedMember(std::string_view json, const QuotedMemberVisitor& visit);

// An error unless `json` is one object.
Status RequireObject(std::string_view json);

// Calls visit(value) for every element of the array that `json` is, in order. `null` is an empty
// array.
using ElementVisitor = std::function<Status(std::string_view value)>;
Status ForEachElement(std::string_view json, const ElementVisitor& visit);

// The number that `json` is, which must be a whole one that fits; it never passes through a double.
Result<std::uint64_t> RawUnsigned(std::string_view json);
Result<std::int64_t> RawSigned(std::string_view json);

// The string that `json` is, unescaped; an error unless that is UTF-8.
Result<std::string> RawString(std::string_view json);
// The strings that the array holds.
Result<std::vector<std::string>> RawStrings(std::string_view json);

Result<bool> RawBool(std::string_view json);

// `text` as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD.
std::string QuoteJson(std::string_view text);
// An array of such strings.
std::string QuoteJsonStrings(const std::vector<std::string>& texts);

// `result`, where an error of these readers becomes `code`, and its message begins with `what`, if
// that is not empty.
template <typename R>
R FaultAs(R result, Errc code, std::string_view what) {
  if (result || result.error().code != Errc::kInvalidRequest) return result;
  Error fault{code, std::move(result.error().message), {}};
  return Fail(what.empty() ? std::move(fault) : std::move(fault).Within(what));
}

}  // namespace jetkeep
