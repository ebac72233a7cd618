// The plan of a restore, as a dry run answers it, for people.
#pragma once

#include <string>

#include "protocol/control/document.h"

namespace jetkeep {

std::string RenderPlan(const Document& plan);

// Of the restore of a set.
std::string RenderSetPlan(const Document& plan);

}  // namespace jetkeep
