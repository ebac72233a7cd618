// What of a configuration that was read again a running service takes. Thread-safety: pure
// functions.
#pragma once

#include <string>
#include <vector>

#include "service/config/load.h"

namespace jetkeep {

struct ConfigChange {
  std::vector<std::string> live;     // names of values that TakeLive brings into force
  std::vector<std::string> restart;  // of those that only a restart does
};

ConfigChange CompareConfig(const LoadedConfig& running, const LoadedConfig& now);

// Gives `running` the values of all settings that a running service takes.
void TakeLive(const Config& now, Config& running);

}  // namespace jetkeep
