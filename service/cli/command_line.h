// The command line of the program: verbs, exit codes, JSON (protocol/CLI.md).
#pragma once

#include "service/cli/command.h"

namespace jetkeep {

// Does what the arguments say and returns the exit code.
int RunCommandLine(int argc, const char* const* argv, const Program& program);

}  // namespace jetkeep
