// Reads answers and events leniently: a field that is absent or of another type reads as empty, so
// that a client and a service of different versions still understand each other.
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
