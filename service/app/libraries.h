// The libraries whose versions matter when something goes wrong.
#pragma once

#include <map>
#include <string>

namespace jetkeep {

// By name: the versions that this process runs with.
std::map<std::string, std::string> LibraryVersions();

}  // namespace jetkeep
