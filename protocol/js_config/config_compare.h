// Whether a server keeps a configuration as it was asked for. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/js_config/config_table.h"

namespace jetkeep {

struct ConfigDifference {
  std::string path;  // of the field; empty: one of the configurations cannot be read
  // JSON; empty: not set.
  std::string asked_json = {};
  std::string found_json = {};

  std::string InWords() const;
};

struct ConfigDifferences {
  // Empty: none. Order, spelling, values that say no more than leaving the field out, and what a
  // server puts into the metadata by itself are no difference.
  std::vector<ConfigDifference> not_as_asked;
  // What the server put in where nothing was asked for, or decides by what else it has.
  std::vector<ConfigDifference> servers_choice;
};

std::vector<std::string> InWords(const std::vector<ConfigDifference>& differences);

// What it says that a field is left out of the configuration that was asked for.
enum class LeftOut : std::uint8_t {
  kServersChoice,  // a request: the server puts in what it likes
  kNotSet,         // a server's whole answer: it would name what is set
};

ConfigDifferences CompareConfigs(ConfigOf kind, std::string_view asked_json,
                                 std::string_view found_json,
                                 LeftOut left_out = LeftOut::kServersChoice);

}  // namespace jetkeep
