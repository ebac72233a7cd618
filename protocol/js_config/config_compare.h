// Whether a server keeps a configuration as it was asked for. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/js_config/config_table.h"

namespace jetkeep {

struct ConfigDifferences {
  // In words, with the path of the field; empty: none. Order, spelling, values that say no more
  // than leaving the field out, and what a server puts into the metadata by itself are no
  // difference.
  std::vector<std::string> not_as_asked;
  // What the server put in where nothing was asked for, or decides by what else it has.
  std::vector<std::string> servers_choice;
};

ConfigDifferences CompareConfigs(ConfigOf kind, std::string_view asked_json,
                                 std::string_view found_json);

}  // namespace jetkeep
