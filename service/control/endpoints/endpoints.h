// The handlers of all requests: one function and one file for each row of endpoints.def. A handler
// answers its request exactly once, now or later. Thread-safety: belong to the loop's thread.
#pragma once

#include "protocol/control/document.h"
#include "protocol/control/subjects.h"
#include "service/control/control_context.h"

namespace jetkeep {

#define JETKEEP_ENDPOINT(id, name, subject, scope) \
  void Handle##id(ControlContext& context, const Request& request, const Document& body);
#include "protocol/control/endpoints.def"
#undef JETKEEP_ENDPOINT

using EndpointHandler = void (*)(ControlContext& context, const Request& request,
                                 const Document& body);
EndpointHandler HandlerOf(EndpointId endpoint);

}  // namespace jetkeep
