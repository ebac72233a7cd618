// Reading fields of our own JSON documents, and the rule for unknown ones: they are ignored unless
// their name begins with `must_`. A detail of this folder. Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep {

using Json = nlohmann::ordered_json;

// One other than `known`.
inline bool HasMustField(const Json& value, std::string_view known, int depth = 0) {
  if (depth > 8) return true;
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      const bool unknown = key.starts_with("must_") && key != known;
      if (unknown || HasMustField(member, known, depth + 1)) return true;
    }
  } else if (value.is_array()) {
    for (const auto& member : value) {
      if (HasMustField(member, known, depth + 1)) return true;
    }
  }
  return false;
}

inline Result<Json> ParseJson(std::string_view text, std::string_view known_must_field = {}) {
  Json value = Json::parse(text, nullptr, false);
  if (value.is_discarded()) return Fail(Errc::kRepositoryCorrupt, "the document is not JSON");
  if (HasMustField(value, known_must_field)) {
    return Fail(Errc::kRepositoryUnsupported,
                "the document has a field that this version does not know and must not ignore",
                "Use a newer jetkeep.");
  }
  return value;
}

// Fails only for strings that are not UTF-8.
inline Result<std::string> DumpJson(const Json& value) {
  try {
    return value.dump();
  } catch (const Json::exception&) {
    return Fail(Errc::kInvalidName, "a name or text is not valid UTF-8");
  }
}

// Takes fields out of an object; remembers whether all were there, with the right types.
class StoredFields {
 public:
  explicit StoredFields(const Json& object) : object_(object), ok_(object.is_object()) {}

  void Get(std::string_view key, std::string& out) {
    if (const Json* v = Find(key, &Json::is_string)) out = v->get_ref<const std::string&>();
  }
  void Get(std::string_view key, std::uint64_t& out) {
    if (const Json* v = Find(key, &Json::is_number_unsigned)) out = v->get<std::uint64_t>();
  }
  void Get(std::string_view key, std::int64_t& out) {
    const Json* v = Find(key, &Json::is_number_integer);
    if (v == nullptr) return;
    if (v->is_number_unsigned() && v->get<std::uint64_t>() > INT64_MAX) {
      ok_ = false;
    } else {
      out = v->get<std::int64_t>();
    }
  }
  void Get(std::string_view key, bool& out) {
    if (const Json* v = Find(key, &Json::is_boolean)) out = v->get<bool>();
  }
  // Unchanged if the field is missing.
  void GetIfThere(std::string_view key, std::uint64_t& out) {
    if (object_.contains(std::string(key))) Get(key, out);
  }
  const Json& Child(std::string_view key, bool (Json::*is)() const noexcept) {
    static const Json none;
    const Json* v = Find(key, is);
    return v == nullptr ? none : *v;
  }
  Status Done(std::string_view what) const {
    if (ok_) return {};
    return Fail(Errc::kRepositoryCorrupt,
                std::string(what) + " lacks the field \"" + missing_ + "\" or it has a wrong type");
  }

 private:
  const Json* Find(std::string_view key, bool (Json::*is)() const noexcept) {
    if (!ok_) return nullptr;
    const auto at = object_.find(std::string(key));
    if (at != object_.end() && ((*at).*is)()) return &*at;
    ok_ = false;
    missing_ = key;
    return nullptr;
  }

  const Json& object_;
  bool ok_;
  std::string missing_;
};

}  // namespace jetkeep
