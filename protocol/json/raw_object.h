// RawObject: a JSON object as its members' own bytes, to edit one member and leave every other byte
// of key and value as it is. White space between members is not kept. Thread-safety: a value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"

namespace jetkeep {

class RawObject {
 public:
  RawObject() = default;

  // kInvalidRequest: not one JSON object, or one that names a member twice.
  static Result<RawObject> Parse(std::string_view json);

  bool empty() const { return members_.empty(); }

  // The bytes of the member's value, valid until the next change; null if there is no such member.
  const std::string* Find(std::string_view key) const;
  // The same, but null also for a member that is `null`, which servers write for an absent one.
  const std::string* FindValue(std::string_view key) const;

  // Each takes the value as JSON. Set replaces it where it stands, or adds the member at the end;
  // SetFirst puts it in front; Add adds one that is not there yet, without a search for it.
  void Set(std::string_view key, std::string value);
  void SetFirst(std::string_view key, std::string value);
  void Add(std::string_view key, std::string_view value);

  // Whether it was there.
  bool Remove(std::string_view key);

  std::string Text() const;

 private:
  struct Member {
    std::string key;     // unescaped
    std::string quoted;  // as written, with its quotes
    std::string value;
  };

  std::vector<Member> members_;
};

}  // namespace jetkeep
