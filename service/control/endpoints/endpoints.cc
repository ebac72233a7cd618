#include "service/control/endpoints/endpoints.h"

#include <array>
#include <cstddef>

namespace jetkeep {

EndpointHandler HandlerOf(EndpointId endpoint) {
  static constexpr std::array<EndpointHandler, kEndpoints.size()> kHandlers = {
#define JETKEEP_ENDPOINT(id, name, subject, scope) &Handle##id,
#include "protocol/control/endpoints.def"
#undef JETKEEP_ENDPOINT
  };
  return kHandlers[static_cast<std::size_t>(endpoint)];
}

}  // namespace jetkeep
