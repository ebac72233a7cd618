// What an operator switches off for an instance: requests that change or remove much.
// Thread-safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "protocol/control/document.h"
#include "protocol/control/subjects.h"

namespace jetkeep {

// kSwitchedOff if one of `refuse` ("restore", "delete", "prune", "republish") is the request's. A
// dry run changes nothing, and is answered all the same.
Status CheckSwitchedOn(const std::vector<std::string>& refuse, EndpointId endpoint,
                       const Document& body);

}  // namespace jetkeep
