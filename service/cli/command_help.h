// The end of a help text, below the flags: exit codes and examples. Pure.
#pragma once

#include <string>

#include "service/cli/command.h"

namespace jetkeep {

std::string FooterOf(const Command& command);
std::string FooterOfProgram();

}  // namespace jetkeep
