// Errors in our own documents at rest: numbers and words. FORMAT.md, "Jobs" and "Sets".
// Thread-safety: pure functions.
#pragma once

#include "jetkeep/error.h"
#include "protocol/repository/json_fields.h"

namespace jetkeep {

Json ErrorToJson(const Error& error);
// A code that came later is kInternal, and keeps its words.
Result<Error> ErrorFromJson(const Json& json);

}  // namespace jetkeep
