#include "service/loop/library_version.h"

#include <uv.h>

namespace jetkeep {

std::string LoopLibraryVersion() { return ::uv_version_string(); }

}  // namespace jetkeep
