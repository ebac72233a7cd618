#include "protocol/js_api/server_version.h"

#include <array>
#include <charconv>
#include <optional>

namespace jetkeep {
namespace {

bool AtLeast(std::string_view server_version, const ServerVersion& wanted) {
  const auto version = ParseServerVersion(server_version);
  return version && *version >= wanted;
}

}  // namespace

bool IsKnownVersion(const ServerVersion& version) {
  constexpr ServerVersion kOldest{2, 9, 0};
  return version >= kOldest && (version.major_number < kNewestKnownServer.major_number ||
                                (version.major_number == kNewestKnownServer.major_number &&
                                 version.minor_number <= kNewestKnownServer.minor_number));
}

std::optional<ServerVersion> ParseServerVersion(std::string_view text) {
  std::array<unsigned, 3> numbers{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto [stop, error] = std::from_chars(at, end, numbers[i]);
    if (error != std::errc()) return std::nullopt;
    at = stop;
    if (i + 1 == numbers.size()) break;
    if (at == end || *at != '.') return std::nullopt;
    ++at;
  }
  return ServerVersion{numbers[0], numbers[1], numbers[2]};
}

std::string Text(const ServerVersion& version) {
  std::string text =
      std::to_string(version.major_number) + "." + std::to_string(version.minor_number);
  if (version.patch != 0) text += "." + std::to_string(version.patch);
  return text;
}

bool KnowsWindowSize(std::string_view server_version) {
  const auto version = ParseServerVersion(server_version);
  if (!version) return false;
  if (version->major_number == 2 && version->minor_number == 12) return version->patch >= 5;
  return *version >= ServerVersion{2, 14, 0};
}

bool RestoresIntoMemory(std::string_view server_version) {
  return AtLeast(server_version, {2, 15, 0});
}

bool ForgetsMessageIds(std::string_view server_version) {
  return !AtLeast(server_version, {2, 15, 3});
}

bool SourcesWhatExpectsAStream(std::string_view server_version) {
  return AtLeast(server_version, {2, 10, 27});
}

bool KeepsMetadata(std::string_view server_version) { return AtLeast(server_version, {2, 10, 0}); }

bool AddsToMetadata(std::string_view server_version) { return AtLeast(server_version, {2, 11, 0}); }

bool KeepsLimitsDuringSnapshots(std::string_view server_version) {
  return AtLeast(server_version, {2, 10, 0});
}

bool LeadsWithAllApplied(std::string_view server_version) {
  return AtLeast(server_version, {2, 11, 0});
}

bool ReadsGapsAsDeleted(std::string_view server_version) {
  return AtLeast(server_version, {2, 10, 0});
}

bool PurgesFromFirstSeq(std::string_view server_version) {
  return AtLeast(server_version, {2, 10, 0}) && !AtLeast(server_version, {2, 10, 28});
}

bool IndexesMessagesOnly(std::string_view server_version) {
  return AtLeast(server_version, {2, 10, 0}) && !AtLeast(server_version, {2, 11, 0});
}

bool LocksStreamsInRestores(std::string_view server_version) {
  const auto version = ParseServerVersion(server_version);
  if (!version) return false;
  return *version < ServerVersion{2, 10, 27} || *version == ServerVersion{2, 11, 0};
}

}  // namespace jetkeep
