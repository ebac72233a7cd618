// Edits of a configuration that leave every other byte as it is. Pure.
#pragma once

#include <string>
#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep {

// The object without the member. kInvalidRequest: not a JSON object.
Result<std::string> WithoutMember(std::string_view config_json, std::string_view key);

// The object with the value, a JSON text, at a path: members joined by '.'; what follows
// "metadata." is one key. `null` takes the field out. kInvalidRequest: not a JSON object, or the
// path leads through something else; the value is none.
Result<std::string> WithFieldAt(std::string_view config_json, std::string_view path,
                                std::string_view value_json);

// kInvalidRequest: no server known to jetkeep has such a field of a stream, or it is the name.
Status CheckSettablePath(std::string_view path);

}  // namespace jetkeep
