// Small JSON documents in which any changed byte is found: their last key is "digest", the
// BLAKE2b-256 digest, in lower-case hexadecimal, of all bytes in front of that key. FORMAT.md,
// "Sealed JSON". Thread-safety: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "jetkeep/error.h"
#include "protocol/repository/json_fields.h"

namespace jetkeep {

// members: "  \"key\": value" lines, each ended by ",\n"; see the callers.
std::string SealJson(std::string_view members);

// The members of such a document, one line each.
class SealedLines {
 public:
  Status Add(std::string_view key, const Json& value);
  // A whole line that the caller has made, with its ",\n".
  void AddLine(std::string_view line) { lines_.append(line); }
  std::string Seal() const { return SealJson(lines_); }

 private:
  std::string lines_;
};

// The whole document if its seal is right, kRepositoryCorrupt otherwise.
Result<std::string_view> CheckSeal(std::string_view document);

}  // namespace jetkeep
