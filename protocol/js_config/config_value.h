// What a value of a configuration means. Pure.
#pragma once

#include <string>
#include <string_view>

#include "protocol/js_config/config_table.h"

namespace jetkeep {

// Whether the value, a JSON text, says no more than leaving the field out: false, 0, "", null, an
// array or object that is empty or holds nothing else, the zero time, or what the table names.
// `field` may be null.
bool MeansAbsent(const ConfigField* field, std::string_view json);

// The value for a person: shortened if it is long.
std::string ShownValue(std::string_view json);

}  // namespace jetkeep
