// LIBS: jetkeep_json nlohmann_json::nlohmann_json
// Any bytes as JSON: what we accept and refuse must be what another reader accepts and refuses, and
// an object that was taken apart and put together must mean the same.
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "protocol/base/utf8.h"
#include "protocol/json/raw_json.h"
#include "protocol/json/raw_object.h"

namespace {

// How deep a valid JSON text nests.
int Depth(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = deepest < ++depth ? depth : deepest;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jetkeep;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto expected = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  // The other reader passes over a byte order mark, and ends at a zero byte.
  const bool comparable = !text.starts_with("\xef\xbb\xbf") && text.find('\0') == text.npos;
  const auto object = RawObject::Parse(text);
  // The other reader checks UTF-8 and the range of numbers besides, and takes a key twice.
  if (expected.is_object() && comparable) {
    const bool accepted = static_cast<bool>(RequireObject(text));
    if (accepted != (Depth(text) <= kMaxJsonDepth + 1)) __builtin_trap();
  }
  if (object) {
    const std::string again = object->Text();
    const auto parsed = RawObject::Parse(again);
    if (!parsed || parsed->Text() != again) __builtin_trap();
    if (expected.is_object() && nlohmann::json::parse(again) != expected) __builtin_trap();
    (void)ForEachMember(text, [&](std::string_view key, std::string_view value) -> Status {
      const std::string* found = object->Find(key);
      if (found == nullptr || *found != value) __builtin_trap();
      return {};
    });
  }
  if (const auto string = RawString(text)) {
    if (!expected.is_string() || expected.get_ref<const std::string&>() != *string) {
      __builtin_trap();
    }
  }
  const auto quoted = RawString(QuoteJson(text));
  if (!quoted || (IsUtf8(text) && *quoted != text)) __builtin_trap();
  (void)ForEachElement(text, [](std::string_view) -> Status { return {}; });
  return 0;
}
