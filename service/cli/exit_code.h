// What the program ends with; the contract is protocol/CLI.md.
#pragma once

#include <optional>
#include <span>

#include "jetkeep/error.h"

namespace jetkeep {

inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;         // also: the output could not be written
inline constexpr int kExitPartly = 3;         // of several jobs some failed
inline constexpr int kExitInterrupted = 130;  // 128 + SIGINT

// As errors.def says.
int ExitCodeOf(const Error& error);

// Of several jobs, each with its error or none: all well, all failed (the first one's code), or
// partly.
int ExitCodeOf(std::span<const std::optional<Error>> outcomes);

}  // namespace jetkeep
