// Several instances with repositories of their own may answer on one subject, in turn: a user who
// sees one repository must know that there are others.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "service/cli/console.h"
#include "service/cli/control_client.h"

namespace jetkeep {

// What to say if the instances do not share one repository and account. Pure.
std::optional<std::string> SeveralRepositories(std::span<const Answerer> instances,
                                               const Answerer& answered);

// Asks who is there, for the beginning of a command: WarnOfSeveralRepositories then has the
// answers.
void AskForRepositories(ControlClient& client, const Console& console);

// Warns if the last answer was one of several repositories. For the end of a
// command, whatever came of it; not if one instance was asked alone.
void WarnOfSeveralRepositories(ControlClient& client, Console& console);

}  // namespace jetkeep
