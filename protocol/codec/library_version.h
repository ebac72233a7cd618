// The version of the libraries that compress and seal that this process runs with. Any thread.
#pragma once

#include <string>

namespace jetkeep {

std::string ZstdLibraryVersion();
std::string SodiumLibraryVersion();

}  // namespace jetkeep
