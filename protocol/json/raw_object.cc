#include "protocol/json/raw_object.h"

#include <algorithm>
#include <utility>

#include "protocol/json/raw_json.h"

namespace jetkeep {

Result<RawObject> RawObject::Parse(std::string_view json) {
  RawObject object;
  JETKEEP_TRY(ForEachQuotedMember(
      json, [&](std::string_view quoted, std::string_view key, std::string_view value) -> Status {
        object.members_.push_back({std::string(key), std::string(quoted), std::string(value)});
        return {};
      }));
  std::vector<std::string_view> keys;
  for (const Member& member : object.members_) keys.push_back(member.key);
  std::sort(keys.begin(), keys.end());
  const auto twice = std::adjacent_find(keys.begin(), keys.end());
  if (twice == keys.end()) return object;
  return Fail(Errc::kInvalidRequest, "\"" + std::string(*twice) + "\" appears twice");
}

const std::string* RawObject::Find(std::string_view key) const {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const Member& member) { return member.key == key; });
  return found == members_.end() ? nullptr : &found->value;
}

const std::string* RawObject::FindValue(std::string_view key) const {
  const std::string* value = Find(key);
  return value == nullptr || *value == "null" ? nullptr : value;
}

void RawObject::Set(std::string_view key, std::string value) {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const Member& member) { return member.key == key; });
  if (found != members_.end()) {
    found->value = std::move(value);
  } else {
    Add(key, value);
  }
}

void RawObject::SetFirst(std::string_view key, std::string value) {
  Remove(key);
  members_.insert(members_.begin(), {std::string(key), QuoteJson(key), std::move(value)});
}

void RawObject::Add(std::string_view key, std::string_view value) {
  members_.push_back({std::string(key), QuoteJson(key), std::string(value)});
}

bool RawObject::Remove(std::string_view key) {
  return std::erase_if(members_, [&](const Member& member) { return member.key == key; }) > 0;
}

std::string RawObject::Text() const {
  std::string text = "{";
  for (const Member& member : members_) {
    if (text.size() > 1) text += ',';
    text.append(member.quoted).append(":").append(member.value);
  }
  return text + "}";
}

}  // namespace jetkeep
