// JsonWriter and JsonReader: one list of a value's members writes it and reads it.
//
//   template <typename Visitor, typename Value>
//   void VisitThing(Visitor& v, Value& value) { v.Member("name", value.name); … }
//
// The list is a function over either; `version()` is that of the document, for members that not
// every version has. A detail of this folder. Thread-safety: one thread at a time uses an object.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "jetkeep/error.h"
#include "protocol/codec/digest.h"
#include "protocol/repository/json_fields.h"

namespace jetkeep {

class JsonWriter {
 public:
  explicit JsonWriter(int version) : version_(version) {}
  int version() const { return version_; }

  template <typename T>
  void Member(const char* key, const T& value) {
    json_[key] = value;
  }
  void Member(const char* key, const Digest& digest) { json_[key] = ToHex(digest); }
  // Left out if it is zero.
  void Optional(const char* key, std::uint64_t value) {
    if (value != 0) json_[key] = value;
  }
  template <typename Enum, typename Words>
  void Word(const char* key, Enum value, const Words& words) {
    json_[key] = words.at(static_cast<std::size_t>(value));
  }
  template <typename F>
  void Object(const char* key, F&& f) {
    JsonWriter inner(version_);
    f(inner);
    json_[key] = std::move(inner.json_);
  }
  template <typename Items, typename F>
  void List(const char* key, std::size_t /*most*/, const Items& list, F&& f) {
    Json items = Json::array();
    for (const auto& item : list) {
      JsonWriter inner(version_);
      f(inner, item);
      items.push_back(std::move(inner.json_));
    }
    json_[key] = std::move(items);
  }
  const Json& json() const { return json_; }

 private:
  const int version_;
  Json json_ = Json::object();
};

// Keeps the first error; what follows it is not read.
class JsonReader {
 public:
  JsonReader(const Json& json, int version, std::string what)
      : version_(version), what_(std::move(what)), fields_(json) {}
  int version() const { return version_; }

  template <typename T>
  void Member(const char* key, T& value) {
    fields_.Get(key, value);
  }
  void Optional(const char* key, std::uint64_t& value) { fields_.GetIfThere(key, value); }
  void Member(const char* key, Digest& digest) {
    std::string digits;
    fields_.Get(key, digits);
    if (!Good()) return;
    auto parsed = DigestFromHex(digits);
    if (parsed) {
      digest = *parsed;
    } else {
      status_ = Fail(std::move(parsed).error());
    }
  }
  template <typename Enum, typename Words>
  void Word(const char* key, Enum& value, const Words& words) {
    std::string word;
    fields_.Get(key, word);
    if (!Good()) return;
    const auto at = std::find(words.begin(), words.end(), word);
    if (at == words.end()) {
      status_ = Fail(Errc::kRepositoryUnsupported, what_ + " has an unknown " + std::string(key),
                     "Use a newer jetkeep.");
      return;
    }
    value = static_cast<Enum>(at - words.begin());
  }
  template <typename F>
  void Object(const char* key, F&& f) {
    const Json& json = fields_.Child(key, &Json::is_object);
    if (Good()) Enter(json, key, f);
  }
  template <typename Items, typename F>
  void List(const char* key, std::size_t most, Items& list, F&& f) {
    const Json& json = fields_.Child(key, &Json::is_array);
    if (!Good()) return;
    if (json.size() > most) {
      status_ = Fail(Errc::kRepositoryCorrupt, what_ + " has too many " + std::string(key));
      return;
    }
    for (const Json& item : json) {
      if (!status_) return;
      Enter(item, key, [&](JsonReader& inner) { f(inner, list.emplace_back()); });
    }
  }
  Status Done() {
    Good();
    return status_;
  }

 private:
  bool Good() {
    if (status_) status_ = fields_.Done(what_);
    return status_.has_value();
  }
  template <typename F>
  void Enter(const Json& json, const char* key, F&& f) {
    JsonReader inner(json, version_, what_ + ": " + key);
    f(inner);
    status_ = inner.Done();
  }

  const int version_;
  const std::string what_;
  StoredFields fields_;
  Status status_;
};

}  // namespace jetkeep
