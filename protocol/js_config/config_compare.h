// Whether a server keeps a configuration as it was asked for. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/js_config/config_table.h"

namespace jetkeep {

// Each difference in words, with the path of the field; empty: none. Order, spelling, values that
// say no more than leaving the field out, what a server fills in where nothing was asked for, and
// what it puts into the metadata by itself are no difference.
std::vector<std::string> CompareConfigs(ConfigOf kind, std::string_view asked_json,
                                        std::string_view found_json);

}  // namespace jetkeep
