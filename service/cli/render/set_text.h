// Sets as tables and texts for people.
#pragma once

#include <string>

#include "protocol/control/document.h"

namespace jetkeep {

// "set set-… of 12 streams, completed …"
std::string DescribeSet(const Document& set);
std::string RenderSets(const Document& sets);
std::string RenderSet(const Document& set);

}  // namespace jetkeep
