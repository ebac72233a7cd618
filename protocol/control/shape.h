// Shapes: which members a document from the wire must have and what each holds. Whoever has checked
// a document against its shape may read every required member without asking again.
//
// Members that a shape does not know are passed over: a newer service may send more.
// Thread-safety: plain constants and pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "jetkeep/error.h"
#include "protocol/control/document.h"

namespace jetkeep {

enum class FieldType : std::uint8_t {
  kName,     // text that is not empty
  kText,     // text, empty or not
  kCount,    // a whole number from 0
  kNumber,   // any number
  kFlag,     // true or false
  kTrue,     // true
  kTexts,    // an array of texts
  kObject,   // an object of the shape `inside`
  kObjects,  // an array of such objects
  kAny,
};

enum class Presence : std::uint8_t { kRequired, kOptional };

struct Shape;

struct ShapeField {
  std::string_view name;
  FieldType type = FieldType::kAny;
  Presence presence = Presence::kRequired;
  const Shape* inside = nullptr;  // of kObject and kObjects
};

struct Shape {
  std::span<const ShapeField> fields;
  const Shape* base = nullptr;  // whose fields it has, too
};

// kWrongType or kInvalidRequest names the first member that is wrong or missing.
Status CheckShape(const Document& document, const Shape& shape);

}  // namespace jetkeep
