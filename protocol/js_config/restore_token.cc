#include "protocol/js_config/restore_token.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "protocol/js_config/config_table.h"
#include "protocol/json/raw_json.h"
#include "protocol/json/raw_object.h"

namespace jetkeep {
namespace {

// What servers take: 4 KiB of description, 128 KiB of metadata (keys and values).
constexpr std::size_t kMaxDescriptionBytes = 4096;
constexpr std::size_t kMaxMetadataBytes = 128 * 1024;

// What servers from 2.11 on count besides: "_nats.req.level" and a digit.
constexpr std::size_t kServersMetadataBytes = 16;

constexpr std::string_view kDescriptionBegin = "[jetkeep.restore ";
constexpr std::string_view kDescriptionEnd = "]";
constexpr std::string_view kSubjectPrefix = "_jetkeep.restore.";

bool IsToken(std::string_view text) {
  return text.size() == kRestoreTokenBytes && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

// Empty: there is none, or it is no text.
std::string TextOf(const RawObject& object, std::string_view key) {
  const std::string* raw = object.FindValue(key);
  return raw == nullptr ? std::string() : RawString(*raw).value_or(std::string());
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

std::vector<std::string> SubjectsOf(const RawObject& config) {
  const std::string* raw = config.Find("subjects");
  if (raw == nullptr) return {};
  return RawStrings(*raw).value_or(std::vector<std::string>());
}

bool IsRestoreSubject(std::string_view subject) {
  return subject.starts_with(kSubjectPrefix) && IsToken(subject.substr(kSubjectPrefix.size()));
}

// A mirror has no subjects; a stream without any listens on its name; one that takes them all takes
// the token's subject already, as anybody's.
void AddSubject(RawObject& config, std::string_view token) {
  if (config.FindValue("mirror") != nullptr) return;
  std::vector<std::string> subjects = SubjectsOf(config);
  const bool sourced = config.FindValue("sources") != nullptr;
  if (subjects.empty() && !sourced) return;
  const bool clash = std::any_of(subjects.begin(), subjects.end(), [](const std::string& subject) {
    return subject.starts_with('*') || subject.starts_with('>') || subject.starts_with("_jetkeep");
  });
  if (clash) return;
  subjects.push_back(RestoreSubject(token));
  config.Set("subjects", QuoteJsonStrings(subjects));
}

Status AddToMetadata(RawObject& config, std::string_view token) {
  RawObject metadata;
  if (const std::string* raw = config.FindValue("metadata"); raw != nullptr) {
    JETKEEP_ASSIGN(metadata, RawObject::Parse(*raw));
  }
  if (metadata.FindValue(kRestoreTokenKey) != nullptr &&
      !IsToken(TextOf(metadata, kRestoreTokenKey))) {
    return Fail(Errc::kInvalidRequest, "the stream's metadata has the key of a restore's token");
  }
  metadata.Set(kRestoreTokenKey, QuoteJson(token));
  std::string joined = metadata.Text();
  if (joined.size() > kMaxMetadataBytes) {
    return Fail(Errc::kInvalidRequest, "the stream's metadata has no room for a restore's token");
  }
  config.Set("metadata", std::move(joined));
  return {};
}

Status AddToDescription(RawObject& config, std::string_view token) {
  std::string text = TextOf(config, "description");
  if (!text.empty()) text += " ";
  text.append(kDescriptionBegin).append(token).append(kDescriptionEnd);
  if (text.size() > kMaxDescriptionBytes) {
    return Fail(Errc::kInvalidRequest,
                "the stream's description has no room for a restore's token");
  }
  config.Set("description", QuoteJson(text));
  return {};
}

// An empty value removes the member.
void SetOrRemove(RawObject& config, std::string_view key, std::string value) {
  if (value.empty()) {
    config.Remove(key);
  } else {
    config.Set(key, std::move(value));
  }
}

bool RemoveFromMetadata(RawObject& config) {
  const std::string* raw = config.FindValue("metadata");
  if (raw == nullptr) return false;
  auto metadata = RawObject::Parse(*raw);
  if (!metadata || !IsToken(TextOf(*metadata, kRestoreTokenKey))) return false;
  metadata->Remove(kRestoreTokenKey);
  SetOrRemove(config, "metadata", metadata->empty() ? std::string() : metadata->Text());
  return true;
}

bool RemoveFromDescription(RawObject& config) {
  const std::string text = TextOf(config, "description");
  const auto begin = TokenInDescription(text);
  if (!begin) return false;
  SetOrRemove(config, "description",
              *begin == 0 ? std::string() : QuoteJson(text.substr(0, *begin)));
  return true;
}

bool RemoveSubjects(RawObject& config) {
  std::vector<std::string> subjects = SubjectsOf(config);
  if (std::erase_if(subjects, IsRestoreSubject) == 0) return false;
  SetOrRemove(config, "subjects", subjects.empty() ? std::string() : QuoteJsonStrings(subjects));
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
  JETKEEP_ASSIGN(RawObject config, RawObject::Parse(config_json));
  JETKEEP_TRY(places.metadata ? AddToMetadata(config, token) : AddToDescription(config, token));
  if (places.subject) AddSubject(config, token);
  return config.Text();
}

std::string RestoreTokenOf(std::string_view config_json) {
  const auto config = RawObject::Parse(config_json);
  if (!config) return {};
  if (const std::string* raw = config->FindValue("metadata"); raw != nullptr) {
    const auto metadata = RawObject::Parse(*raw);
    std::string token = metadata ? TextOf(*metadata, kRestoreTokenKey) : std::string();
    if (IsToken(token)) return token;
  }
  const std::string text = TextOf(*config, "description");
  if (!TokenInDescription(text)) return {};
  return text.substr(text.size() - kDescriptionEnd.size() - kRestoreTokenBytes, kRestoreTokenBytes);
}

std::string WithoutRestoreToken(std::string_view config_json) {
  auto config = RawObject::Parse(config_json);
  if (!config) return std::string(config_json);
  bool changed = RemoveFromMetadata(*config);
  changed = RemoveFromDescription(*config) || changed;
  changed = RemoveSubjects(*config) || changed;
  return changed ? config->Text() : std::string(config_json);
}

bool MetadataAllowsUpdates(std::string_view config_json) {
  const auto config = RawObject::Parse(config_json);
  const std::string* raw = config ? config->FindValue("metadata") : nullptr;
  if (raw == nullptr) return true;
  std::size_t bytes = kServersMetadataBytes;
  const Status read =
      ForEachMember(*raw, [&](std::string_view key, std::string_view value) -> Status {
        if (key.starts_with(kServerMetadataPrefix)) return {};
        bytes += key.size() + RawString(value).value_or(std::string()).size();
        return {};
      });
  return read && bytes <= kMaxMetadataBytes;
}

std::string WithoutServersMetadata(std::string_view config_json) {
  auto config = RawObject::Parse(config_json);
  const std::string* raw = config ? config->FindValue("metadata") : nullptr;
  if (raw == nullptr) return std::string(config_json);
  RawObject kept;
  const Status read =
      ForEachMember(*raw, [&](std::string_view key, std::string_view value) -> Status {
        if (!key.starts_with(kServerMetadataPrefix)) kept.Add(key, value);
        return {};
      });
  if (!read) return std::string(config_json);
  SetOrRemove(*config, "metadata", kept.empty() ? std::string() : kept.Text());
  return config->Text();
}

std::string RestoreSubject(std::string_view token) {
  return std::string(kSubjectPrefix).append(token);
}

bool HasRestoreSubject(std::string_view config_json, std::string_view token) {
  const auto config = RawObject::Parse(config_json);
  if (!config) return false;
  const std::vector<std::string> subjects = SubjectsOf(*config);
  return std::find(subjects.begin(), subjects.end(), RestoreSubject(token)) != subjects.end();
}

}  // namespace jetkeep
