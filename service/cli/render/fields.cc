#include "service/cli/render/fields.h"

namespace jetkeep {

const Document& MemberOf(const Document& document, std::string_view field) {
  static const Document empty = Document::object();
  if (!document.is_object()) return empty;
  const auto found = document.find(std::string(field));
  return found == document.end() ? empty : *found;
}

std::string TextOf(const Document& document, std::string_view field) {
  const Document& member = MemberOf(document, field);
  return member.is_string() ? member.get<std::string>() : std::string();
}

std::uint64_t CountOf(const Document& document, std::string_view field) {
  const Document& member = MemberOf(document, field);
  if (member.is_number_unsigned()) return member.get<std::uint64_t>();
  // A document that was not decoded but built here holds signed numbers, too.
  if (!member.is_number_integer()) return 0;
  const auto value = member.get<std::int64_t>();
  return value < 0 ? 0 : static_cast<std::uint64_t>(value);
}

double NumberOf(const Document& document, std::string_view field) {
  const Document& member = MemberOf(document, field);
  return member.is_number() ? member.get<double>() : 0;
}

bool FlagOf(const Document& document, std::string_view field) {
  const Document& member = MemberOf(document, field);
  return member.is_boolean() && member.get<bool>();
}

}  // namespace jetkeep
