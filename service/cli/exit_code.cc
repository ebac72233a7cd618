#include "service/cli/exit_code.h"

#include <algorithm>

namespace jetkeep {

int ExitCodeOf(const Error& error) { return TraitsOf(error.code).exit_code; }

int ExitCodeOf(std::span<const std::optional<Error>> outcomes) {
  const auto failed = std::count_if(outcomes.begin(), outcomes.end(),
                                    [](const auto& outcome) { return outcome.has_value(); });
  if (failed == 0) return kExitOk;
  if (static_cast<std::size_t>(failed) < outcomes.size()) return kExitPartly;
  return ExitCodeOf(**outcomes.begin());
}

}  // namespace jetkeep
