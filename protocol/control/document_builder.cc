#include "protocol/control/document_builder.h"

#include <cmath>
#include <utility>

#include "protocol/base/utf8.h"

namespace jetkeep {
namespace {

constexpr std::size_t kShownBytes = 64;  // of a client's text, in a message

}  // namespace

bool DocumentBuilder::Refuse(std::string reason) {
  if (!refusal_) refusal_ = std::move(reason);
  return false;
}

Document* DocumentBuilder::Place(Document value) {
  if (open_.empty()) {
    root_ = std::move(value);
    return &root_;
  }
  // Only the innermost open container grows, so the pointers to those around it stay valid.
  Document& parent = *open_.back();
  if (parent.is_array()) {
    parent.push_back(std::move(value));
    return &parent.back();
  }
  if (!key_) {
    Refuse("a member has a name that is not text");
    return nullptr;
  }
  Document& member = parent[*key_];
  key_.reset();
  member = std::move(value);
  return &member;
}

bool DocumentBuilder::Value(Document value) { return !refusal_ && Place(std::move(value)); }

bool DocumentBuilder::Number(double value) {
  if (!std::isfinite(value)) return Refuse("a number is not finite");
  return Value(value);
}

bool DocumentBuilder::Text(std::string_view text) {
  if (!IsUtf8(text)) return Refuse("a text is not UTF-8");
  return Value(std::string(text));
}

bool DocumentBuilder::Key(std::string_view key) {
  if (!IsUtf8(key)) return Refuse("the name of a member is not UTF-8");
  const Document& parent = *open_.back();
  if (parent.size() >= limits_.members) {
    return Refuse("an object has more than " + std::to_string(limits_.members) + " members");
  }
  if (parent.find(key) != parent.end()) {
    return Refuse("the member \"" + std::string(CutUtf8(key, kShownBytes)) + "\" appears twice");
  }
  key_ = std::string(key);
  return !refusal_;
}

bool DocumentBuilder::Begin(Document empty_container) {
  if (refusal_) return false;
  if (open_.size() >= limits_.depth) {
    return Refuse("more than " + std::to_string(limits_.depth) + " levels inside each other");
  }
  Document* placed = Place(std::move(empty_container));
  if (placed == nullptr) return false;
  open_.push_back(placed);
  return true;
}

bool DocumentBuilder::End() {
  open_.pop_back();
  return !refusal_;
}

}  // namespace jetkeep
