// Document: one body (a request, an answer, an event) in memory, whichever encoding it came in or
// goes out in. Members keep the order they were put in, so that bodies read as SUBJECTS.md writes
// them.
#pragma once

#include <nlohmann/json.hpp>

namespace jetkeep {

using Document = nlohmann::ordered_json;

}  // namespace jetkeep
