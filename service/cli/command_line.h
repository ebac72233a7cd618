// The verbs of the program.
#pragma once

#include <functional>

#include "jetkeep/error.h"
#include "service/config/load.h"

namespace jetkeep {

// Runs the service until it is told to stop.
using ServeFunction = std::function<Status(const LoadedConfig& loaded)>;

// Does what the arguments say and returns the exit code (protocol/CLI.md).
int RunCommandLine(int argc, const char* const* argv, const ServeFunction& serve);

}  // namespace jetkeep
