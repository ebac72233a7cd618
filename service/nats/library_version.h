// The version of the NATS client library that this process runs with. Any thread.
#pragma once

#include <string>

namespace jetkeep {

std::string NatsLibraryVersion();

}  // namespace jetkeep
