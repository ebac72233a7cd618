// Holds messages against protocol/schemas with a validator that is not ours.
#pragma once

#include <string>

#include "protocol/control/document.h"

namespace jetkeep::testing {

// Empty if the document is what the schema `name` ("event_backup_queued") says, else what is wrong.
std::string SchemaErrors(const std::string& name, const Document& document);

}  // namespace jetkeep::testing
