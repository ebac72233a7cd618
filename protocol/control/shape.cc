#include "protocol/control/shape.h"

#include <algorithm>
#include <string>

namespace jetkeep {
namespace {

bool IsCount(const Document& value) {
  return value.is_number_unsigned() ||
         (value.is_number_integer() && value.get<std::int64_t>() >= 0);
}

std::string_view Describe(FieldType type) {
  switch (type) {
    case FieldType::kName:
      return "text that is not empty";
    case FieldType::kText:
      return "text";
    case FieldType::kCount:
      return "a whole number from 0";
    case FieldType::kNumber:
      return "a number";
    case FieldType::kFlag:
      return "true or false";
    case FieldType::kTrue:
      return "true";
    case FieldType::kTexts:
      return "an array of texts";
    case FieldType::kObject:
      return "an object";
    case FieldType::kObjects:
      return "an array of objects";
    case FieldType::kAny:
      break;
  }
  return "anything";
}

bool Holds(const Document& value, FieldType type) {
  switch (type) {
    case FieldType::kName:
      return value.is_string() && !value.get_ref<const std::string&>().empty();
    case FieldType::kText:
      return value.is_string();
    case FieldType::kCount:
      return IsCount(value);
    case FieldType::kNumber:
      return value.is_number();
    case FieldType::kFlag:
      return value.is_boolean();
    case FieldType::kTrue:
      return value.is_boolean() && value.get<bool>();
    case FieldType::kTexts:
      return value.is_array() && std::all_of(value.begin(), value.end(),
                                             [](const Document& text) { return text.is_string(); });
    case FieldType::kObject:
      return value.is_object();
    case FieldType::kObjects:
      return value.is_array();
    case FieldType::kAny:
      break;
  }
  return true;
}

}  // namespace

Status CheckShape(const Document& document, const Shape& shape) {
  if (!document.is_object()) return Fail(Errc::kWrongType, "not an object");
  if (shape.base != nullptr) JETKEEP_TRY(CheckShape(document, *shape.base));
  for (const ShapeField& field : shape.fields) {
    const std::string name(field.name);
    const auto member = document.find(name);
    if (member == document.end()) {
      if (field.presence == Presence::kOptional) continue;
      return Fail(Errc::kInvalidRequest, "the member \"" + name + "\" is missing");
    }
    if (!Holds(*member, field.type)) {
      return Fail(Errc::kWrongType,
                  "the member \"" + name + "\" is not " + std::string(Describe(field.type)));
    }
    if (field.inside == nullptr) continue;
    if (field.type == FieldType::kObject) {
      Status inside = CheckShape(*member, *field.inside);
      if (!inside) return Fail(std::move(inside).error().Within("the member \"" + name + "\""));
      continue;
    }
    for (const Document& element : *member) {
      Status inside = CheckShape(element, *field.inside);
      if (!inside) return Fail(std::move(inside).error().Within("the member \"" + name + "\""));
    }
  }
  return {};
}

}  // namespace jetkeep
