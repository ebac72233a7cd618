#include "service/nats/library_version.h"

#include <nats/nats.h>

namespace jetkeep {

std::string NatsLibraryVersion() { return ::nats_GetVersion(); }

}  // namespace jetkeep
