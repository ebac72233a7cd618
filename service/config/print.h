// Shows the effective configuration; secrets are hidden.
#pragma once

#include <string>
#include <vector>

#include "service/config/load.h"

namespace jetkeep {

struct ShownSetting {
  std::string key;
  std::string value;  // secrets, also inside URLs, replaced by xxxxx
  std::string origin;
};

std::vector<ShownSetting> ShowConfig(const LoadedConfig& loaded);

// As a YAML file with the origin of every value behind it; without secrets it can be used as one.
std::string PrintConfig(const LoadedConfig& loaded);

}  // namespace jetkeep
