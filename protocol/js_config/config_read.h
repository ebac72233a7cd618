// Small readers that the configurations share. Private to this folder.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"
#include "protocol/json/raw_json.h"

namespace jetkeep {

inline Result<std::int64_t> RawSigned(std::string_view json) {
  std::int64_t value = 0;
  const char* end = json.data() + json.size();
  const auto [stop, error] = std::from_chars(json.data(), end, value);
  if (error == std::errc() && stop == end) return value;
  return Fail(Errc::kInvalidRequest, "not a whole number: " + std::string(json.substr(0, 32)));
}

inline Result<std::vector<std::string>> RawStrings(std::string_view json) {
  std::vector<std::string> strings;
  JETKEEP_TRY(ForEachElement(json, [&](std::string_view value) -> Status {
    JETKEEP_ASSIGN(std::string text, RawString(value));
    strings.push_back(std::move(text));
    return {};
  }));
  return strings;
}

}  // namespace jetkeep
