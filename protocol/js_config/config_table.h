// The one table of what servers know of configurations: every field of streams and consumers, also
// nested ones, with the version that began it, and the values that came later than their field.
// Derived from the servers' source, tested against the servers. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "protocol/js_api/server_version.h"

namespace jetkeep {

enum class ConfigOf : std::uint8_t { kStream, kConsumer };

struct ConfigField {
  // Members joined by '.', the elements of an array of objects by "[]": "sources[].external.api".
  std::string_view path;
  ServerVersion since;
  ServerVersion until = {};  // the first version that no longer knows it; all zero: none
  // The value, as JSON, that means the same as leaving the field out, besides empty ones.
  std::string_view same_as_absent = {};
  // Where it is left out or empty, the server puts in a value of its own.
  bool filled_in = false;
  // Below zero it means the same as leaving the field out; newer servers write such values away.
  bool negative_is_none = false;
  // The server decides it by what else it has, whatever is asked for.
  bool follows_server = false;
};

// A value that its field takes only from a later version on.
struct ConfigValue {
  std::string_view path;
  std::string_view json;
  ServerVersion since;
};

// The values that a field takes, as JSON; empty: it is not one of a few words.
std::span<const std::string_view> WordsOf(ConfigOf kind, std::string_view path);

// No server newer than these minor versions is described: it may know more.
inline constexpr ServerVersion kNewestInTable{2, 15, 0};

std::span<const ConfigField> FieldsOf(ConfigOf kind);
std::span<const ConfigValue> LateValuesOf(ConfigOf kind);

// Null: in no table.
const ConfigField* FindField(ConfigOf kind, std::string_view path);
// Whether fields below `path` are in the table: it is an object, or an array of objects.
bool HasFieldsBelow(ConfigOf kind, std::string_view path);

// Servers put these into the metadata by themselves.
inline constexpr std::string_view kServerMetadataPrefix = "_nats.";

}  // namespace jetkeep
