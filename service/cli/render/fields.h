// Reads the members of answers and events. A member that is absent reads as empty.
//
// Only documents whose shape has been checked (answer_check.h) or that were made here may be read
// so: then a missing member is an optional one, and not a sign of a foreign answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocol/control/document.h"

namespace jetkeep {

std::string TextOf(const Document& document, std::string_view field);
std::uint64_t CountOf(const Document& document, std::string_view field);
double NumberOf(const Document& document, std::string_view field);
bool FlagOf(const Document& document, std::string_view field);
// An empty object if it is absent.
const Document& MemberOf(const Document& document, std::string_view field);

}  // namespace jetkeep
