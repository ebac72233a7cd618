// Whether a server of a given version takes a mapping of subjects: the functions that stand in its
// destination, as {{partition(5)}}, came one after the other. Pure.
#pragma once

#include <string>
#include <string_view>

#include "protocol/js_api/server_version.h"

namespace jetkeep {

// `path`: a field of a stream's configuration whose value maps subjects ("subject_transform",
// "republish", "sources[].subject_transforms"). `json`: that value, an object or a list of objects.
// Empty: nothing is known against it.
std::string WhyNotMapping(std::string_view path, std::string_view json,
                          const ServerVersion& server);

}  // namespace jetkeep
