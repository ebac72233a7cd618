// Jobs and events for people.
#pragma once

#include <string>

#include "protocol/control/document.h"

namespace jetkeep {

std::string RenderJobs(const Document& jobs);
std::string RenderJob(const Document& job);
// One line, without its end.
std::string RenderEvent(const Document& event);

}  // namespace jetkeep
