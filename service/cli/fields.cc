#include "service/cli/fields.h"

namespace jetkeep {

const Document& MemberOf(const Document& document, std::string_view field) {
  static const Document kEmpty = Document::object();
  if (!document.is_object()) return kEmpty;
  const auto found = document.find(std::string(field));
  return found == document.end() ? kEmpty : *found;
}

std::string TextOf(const Document& document, std::string_view field) {
  const Document& member = MemberOf(document, field);
  return member.is_string() ? member.get<std::string>() : std::string();
}

std::uint64_t CountOf(const Document& document, std::string_view field) {
  const Document& member = MemberOf(document, field);
  return member.is_number_unsigned() ? member.get<std::uint64_t>() : 0;
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
