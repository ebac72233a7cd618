// What servers cannot change of a stream or a consumer that is there. Measured on 2.9.10, 2.10.27,
// 2.11.17, 2.12.15, 2.14.10, 2.15.1 and 2.15.3. Pure.
#pragma once

#include <optional>
#include <string>

#include "jetkeep/drift.h"
#include "protocol/js_api/server_version.h"

namespace jetkeep {

// Why the server refuses the change, in words; no value: as far as is known it does not. `drift` is
// a field that differs, of a stream or of a consumer.
std::optional<std::string> WhyImmutable(const Drift& drift, const ServerVersion& server);

}  // namespace jetkeep
