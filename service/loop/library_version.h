// The version of the library of the event loop that this process runs with. Any thread.
#pragma once

#include <string>

namespace jetkeep {

std::string LoopLibraryVersion();

}  // namespace jetkeep
