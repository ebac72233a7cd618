// Edits of a configuration that leave every other byte as it is. Pure.
#pragma once

#include <string>
#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep {

// The object without the member. kInvalidRequest: not a JSON object.
Result<std::string> WithoutMember(std::string_view config_json, std::string_view key);

}  // namespace jetkeep
