#include "protocol/js_api/server_version.h"

#include <array>
#include <charconv>
#include <optional>

namespace jetkeep {
namespace {

using Version = std::array<unsigned, 3>;

std::optional<Version> ParseVersion(std::string_view text) {
  Version version{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t i = 0; i < version.size(); ++i) {
    const auto [stop, error] = std::from_chars(at, end, version[i]);
    if (error != std::errc()) return std::nullopt;
    at = stop;
    if (i + 1 == version.size()) break;
    if (at == end || *at != '.') return std::nullopt;
    ++at;
  }
  return version;
}

bool AtLeast(std::string_view server_version, const Version& wanted) {
  const auto version = ParseVersion(server_version);
  return version && *version >= wanted;
}

}  // namespace

bool KnowsWindowSize(std::string_view server_version) {
  const auto version = ParseVersion(server_version);
  if (!version) return false;
  if ((*version)[0] == 2 && (*version)[1] == 12) return (*version)[2] >= 5;
  return *version >= Version{2, 14, 0};
}

bool RestoresIntoMemory(std::string_view server_version) {
  return AtLeast(server_version, {2, 15, 0});
}

bool KeepsMetadata(std::string_view server_version) { return AtLeast(server_version, {2, 10, 0}); }

bool ReadsGapsAsDeleted(std::string_view server_version) {
  return AtLeast(server_version, {2, 10, 0});
}

bool IndexesMessagesOnly(std::string_view server_version) {
  return AtLeast(server_version, {2, 10, 0}) && !AtLeast(server_version, {2, 11, 0});
}

}  // namespace jetkeep
