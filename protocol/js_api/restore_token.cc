#include "protocol/js_api/restore_token.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "protocol/json/raw_json.h"

namespace jetkeep {
namespace {

// What servers take: 4 KiB of description, 128 KiB of metadata (keys and values).
constexpr std::size_t kMaxDescriptionBytes = 4096;
constexpr std::size_t kMaxMetadataBytes = 128 * 1024;

constexpr std::string_view kDescriptionBegin = "[jetkeep.restore ";
constexpr std::string_view kDescriptionEnd = "]";
constexpr std::string_view kSubjectPrefix = "_jetkeep.restore.";

using Members = std::vector<std::pair<std::string, std::string>>;  // raw values, in order

Result<Members> MembersOf(std::string_view json) {
  Members members;
  JETKEEP_TRY(ForEachMember(json, [&](std::string_view key, std::string_view value) -> Status {
    members.emplace_back(key, value);
    return {};
  }));
  return members;
}

std::string Joined(const Members& members) {
  std::string json = "{";
  for (const auto& [key, value] : members) {
    if (json.size() > 1) json += ",";
    json.append(QuoteJson(key)).append(":").append(value);
  }
  return json + "}";
}

const std::string* Find(const Members& members, std::string_view key) {
  for (const auto& [name, value] : members) {
    if (name == key) return &value;
  }
  return nullptr;
}

// An empty value removes the member.
void Set(Members& members, std::string_view key, std::string value) {
  const auto at = std::find_if(members.begin(), members.end(),
                               [&](const auto& member) { return member.first == key; });
  if (value.empty()) {
    if (at != members.end()) members.erase(at);
  } else if (at != members.end()) {
    at->second = std::move(value);
  } else {
    members.emplace_back(key, std::move(value));
  }
}

bool IsToken(std::string_view text) {
  return text.size() == kRestoreTokenBytes && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

bool IsEmptyValue(const std::string* raw) { return raw == nullptr || *raw == "null"; }

std::string TextOf(const std::string* raw) {
  if (IsEmptyValue(raw)) return {};
  return RawString(*raw).value_or(std::string());
}

// Where the token begins in a description (with the space in front of it), if it ends in one.
std::optional<std::size_t> TokenInDescription(std::string_view text) {
  const std::size_t size = kDescriptionBegin.size() + kRestoreTokenBytes + kDescriptionEnd.size();
  if (text.size() < size) return std::nullopt;
  const std::size_t begin = text.size() - size;
  const bool there = text.substr(begin, kDescriptionBegin.size()) == kDescriptionBegin &&
                     IsToken(text.substr(begin + kDescriptionBegin.size(), kRestoreTokenBytes)) &&
                     text.ends_with(kDescriptionEnd);
  if (!there) return std::nullopt;
  return begin > 0 && text[begin - 1] == ' ' ? begin - 1 : begin;
}

std::vector<std::string> SubjectsOf(const Members& config) {
  std::vector<std::string> subjects;
  const std::string* raw = Find(config, "subjects");
  if (raw == nullptr) return subjects;
  static_cast<void>(ForEachElement(*raw, [&](std::string_view value) -> Status {
    JETKEEP_ASSIGN(std::string subject, RawString(value));
    subjects.push_back(std::move(subject));
    return {};
  }));
  return subjects;
}

bool IsRestoreSubject(std::string_view subject) {
  return subject.starts_with(kSubjectPrefix) && IsToken(subject.substr(kSubjectPrefix.size()));
}

std::string JsonArray(const std::vector<std::string>& texts) {
  std::string json = "[";
  for (const std::string& text : texts) {
    if (json.size() > 1) json += ",";
    json += QuoteJson(text);
  }
  return json + "]";
}

// A mirror has no subjects; a stream without any listens on its name; one that takes them all takes
// the token's subject already, as anybody's.
void AddSubject(Members& config, std::string_view token) {
  if (!IsEmptyValue(Find(config, "mirror"))) return;
  std::vector<std::string> subjects = SubjectsOf(config);
  const bool sourced = !IsEmptyValue(Find(config, "sources"));
  if (subjects.empty() && !sourced) return;
  const bool clash = std::any_of(subjects.begin(), subjects.end(), [](const std::string& subject) {
    return subject.starts_with('*') || subject.starts_with('>') || subject.starts_with("_jetkeep");
  });
  if (clash) return;
  subjects.push_back(RestoreSubject(token));
  Set(config, "subjects", JsonArray(subjects));
}

Status AddToMetadata(Members& config, std::string_view token) {
  const std::string* raw = Find(config, "metadata");
  Members metadata;
  if (!IsEmptyValue(raw)) {
    JETKEEP_ASSIGN(metadata, MembersOf(*raw));
  }
  Set(metadata, kRestoreTokenKey, QuoteJson(token));
  std::string joined = Joined(metadata);
  if (joined.size() > kMaxMetadataBytes) {
    return Fail(Errc::kInvalidRequest, "the stream's metadata has no room for a restore's token");
  }
  Set(config, "metadata", std::move(joined));
  return {};
}

Status AddToDescription(Members& config, std::string_view token) {
  std::string text = TextOf(Find(config, "description"));
  if (!text.empty()) text += " ";
  text.append(kDescriptionBegin).append(token).append(kDescriptionEnd);
  if (text.size() > kMaxDescriptionBytes) {
    return Fail(Errc::kInvalidRequest,
                "the stream's description has no room for a restore's token");
  }
  Set(config, "description", QuoteJson(text));
  return {};
}

bool RemoveFromMetadata(Members& config) {
  const std::string* raw = Find(config, "metadata");
  if (IsEmptyValue(raw)) return false;
  auto metadata = MembersOf(*raw);
  if (!metadata || !IsToken(TextOf(Find(*metadata, kRestoreTokenKey)))) return false;
  Set(*metadata, kRestoreTokenKey, {});
  Set(config, "metadata", metadata->empty() ? std::string() : Joined(*metadata));
  return true;
}

bool RemoveFromDescription(Members& config) {
  const std::string text = TextOf(Find(config, "description"));
  const auto begin = TokenInDescription(text);
  if (!begin) return false;
  Set(config, "description", *begin == 0 ? std::string() : QuoteJson(text.substr(0, *begin)));
  return true;
}

bool RemoveSubjects(Members& config) {
  std::vector<std::string> subjects = SubjectsOf(config);
  if (std::erase_if(subjects, IsRestoreSubject) == 0) return false;
  Set(config, "subjects", subjects.empty() ? std::string() : JsonArray(subjects));
  return true;
}

}  // namespace

std::string MakeRestoreToken(std::uint64_t high, std::uint64_t low) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string token;
  for (const std::uint64_t half : {high, low}) {
    for (int shift = 60; shift >= 0; shift -= 4) token += kDigits[(half >> shift) & 0xF];
  }
  return token;
}

Result<std::string> WithRestoreToken(std::string_view config_json, std::string_view token,
                                     TokenPlaces places) {
  JETKEEP_ASSIGN(Members config, MembersOf(config_json));
  JETKEEP_TRY(places.metadata ? AddToMetadata(config, token) : AddToDescription(config, token));
  if (places.subject) AddSubject(config, token);
  return Joined(config);
}

std::string RestoreTokenOf(std::string_view config_json) {
  const auto config = MembersOf(config_json);
  if (!config) return {};
  if (const std::string* raw = Find(*config, "metadata"); !IsEmptyValue(raw)) {
    const auto metadata = MembersOf(*raw);
    std::string token = metadata ? TextOf(Find(*metadata, kRestoreTokenKey)) : std::string();
    if (IsToken(token)) return token;
  }
  const std::string text = TextOf(Find(*config, "description"));
  if (!TokenInDescription(text)) return {};
  return text.substr(text.size() - kDescriptionEnd.size() - kRestoreTokenBytes, kRestoreTokenBytes);
}

std::string WithoutRestoreToken(std::string_view config_json) {
  auto config = MembersOf(config_json);
  if (!config) return std::string(config_json);
  bool changed = RemoveFromMetadata(*config);
  changed = RemoveFromDescription(*config) || changed;
  changed = RemoveSubjects(*config) || changed;
  return changed ? Joined(*config) : std::string(config_json);
}

std::string RestoreSubject(std::string_view token) {
  return std::string(kSubjectPrefix).append(token);
}

bool HasRestoreSubject(std::string_view config_json, std::string_view token) {
  const auto config = MembersOf(config_json);
  if (!config) return false;
  const std::vector<std::string> subjects = SubjectsOf(*config);
  return std::find(subjects.begin(), subjects.end(), RestoreSubject(token)) != subjects.end();
}

}  // namespace jetkeep
