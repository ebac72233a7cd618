// Our options as the client library's. Private to this folder.
#pragma once

#include "jetkeep/error.h"
#include "service/nats/connection_core.h"
#include "service/nats/connection_options.h"

namespace jetkeep {

Result<ConnectionCore::OptionsHandle> MakeLibraryOptions(const ConnectionOptions& options);

}  // namespace jetkeep
