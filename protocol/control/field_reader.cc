#include "protocol/control/field_reader.h"

#include <algorithm>

#include "protocol/base/utf8.h"

namespace jetkeep {
namespace {

constexpr std::size_t kShownBytes = 64;  // of a client's text, in a message

std::string_view TypeName(const Document& value) {
  switch (value.type()) {
    case Document::value_t::null:
      return "null";
    case Document::value_t::boolean:
      return "a boolean";
    case Document::value_t::string:
      return "text";
    case Document::value_t::array:
      return "an array";
    case Document::value_t::object:
      return "an object";
    case Document::value_t::number_integer:
      return value.get<std::int64_t>() < 0 ? "a negative number" : "a whole number";
    case Document::value_t::number_unsigned:
      return "a whole number";
    default:
      return "a number with a fraction";
  }
}

}  // namespace

const Document* FieldReader::Find(std::string_view field) {
  known_.emplace_back(field);
  const auto found = document_.find(field);
  return found == document_.end() ? nullptr : &*found;
}

void FieldReader::WrongType(std::string_view field, std::string_view expected,
                            const Document& given) {
  if (!status_) return;
  status_ =
      Fail(Errc::kWrongType, "the field \"" + std::string(field) + "\" must be " +
                                 std::string(expected) + ", not " + std::string(TypeName(given)));
}

void FieldReader::Read(std::string_view field, std::string& value) {
  const Document* found = Find(field);
  if (found == nullptr) return;
  if (!found->is_string()) return WrongType(field, "text", *found);
  value = found->get<std::string>();
}

void FieldReader::Read(std::string_view field, bool& value) {
  const Document* found = Find(field);
  if (found == nullptr) return;
  if (!found->is_boolean()) return WrongType(field, "true or false", *found);
  value = found->get<bool>();
}

void FieldReader::Read(std::string_view field, std::uint64_t& value) {
  const Document* found = Find(field);
  if (found == nullptr) return;
  if (!found->is_number_integer() ||
      (!found->is_number_unsigned() && found->get<std::int64_t>() < 0)) {
    return WrongType(field, "a whole number from 0", *found);
  }
  value = found->get<std::uint64_t>();
}

void FieldReader::Read(std::string_view field, std::vector<std::string>& texts) {
  const Document* found = Find(field);
  if (found == nullptr) return;
  if (!found->is_array()) return WrongType(field, "an array of texts", *found);
  for (const Document& text : *found) {
    if (!text.is_string()) return WrongType(field, "an array of texts, each", text);
    texts.push_back(text.get<std::string>());
  }
}

void FieldReader::Read(std::string_view field, std::vector<std::uint64_t>& numbers) {
  const Document* found = Find(field);
  if (found == nullptr) return;
  if (!found->is_array()) return WrongType(field, "an array of whole numbers", *found);
  for (const Document& number : *found) {
    const bool whole = number.is_number_integer() &&
                       (number.is_number_unsigned() || number.get<std::int64_t>() >= 0);
    if (!whole) return WrongType(field, "an array of whole numbers, each", number);
    numbers.push_back(number.get<std::uint64_t>());
  }
}

void FieldReader::Read(std::string_view field,
                       std::vector<std::pair<std::string, std::string>>& texts) {
  const Document* found = Find(field);
  if (found == nullptr) return;
  if (!found->is_object()) return WrongType(field, "an object of texts", *found);
  for (const auto& [key, text] : found->items()) {
    if (!text.is_string()) return WrongType(field, "an object of texts, each", text);
    texts.emplace_back(key, text.get<std::string>());
  }
}

void FieldReader::Read(std::string_view field, const Document*& object) {
  const Document* member = Find(field);
  if (member == nullptr) return;
  if (!member->is_object()) return WrongType(field, "an object", *member);
  object = member;
}

void FieldReader::Read(std::string_view field, std::vector<Document>& objects) {
  const Document* found = Find(field);
  if (found == nullptr) return;
  if (!found->is_array()) return WrongType(field, "an array of objects", *found);
  for (const Document& object : *found) {
    if (!object.is_object()) return WrongType(field, "an array of objects, each", object);
    objects.push_back(object);
  }
}

Status FieldReader::Finish() const {
  for (const auto& [name, value] : document_.items()) {
    if (name == kAccountField) continue;
    if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
    std::string list;
    for (const std::string& known : known_) list += known + ", ";
    list += kAccountField;
    return Fail(Errc::kUnknownField,
                "unknown field \"" + std::string(CutUtf8(name, kShownBytes)) + "\"",
                "Known fields: " + list + ".");
  }
  return status_;
}

}  // namespace jetkeep
