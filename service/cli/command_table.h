// All verbs of the program, in the order of its help.
#pragma once

#include <span>
#include <string_view>

#include "service/cli/command.h"

namespace jetkeep {

std::span<const Command> Commands();
// By name or alias; null if there is none.
const Command* FindCommand(std::string_view name);

}  // namespace jetkeep
