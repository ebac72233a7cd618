// How files of configurations are named: `<stream>.stream.json`, and
// `<stream>.<consumer>.consumer.json`. Pure.
#pragma once

#include <string>
#include <string_view>

#include "protocol/codec/digest.h"

namespace jetkeep {

inline constexpr std::size_t kMaxFileNameBytes = 255;

// A long name as files have it where the whole one does not fit: its beginning, `~`, and a digest.
// The name itself if it is short enough for any file.
inline std::string ShortNameOf(const std::string& name) {
  // Two of them, and what is around them, fit.
  constexpr std::size_t kMaxPartBytes = 100;
  constexpr std::size_t kFrontBytes = 60;
  constexpr std::size_t kDigestDigits = 16;
  if (name.size() <= kMaxPartBytes) return name;
  std::size_t end = kFrontBytes;
  // Not in the middle of a character.
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0U) == 0x80U) --end;
  return name.substr(0, end) + "~" + ToHex(Blake2b(name)).substr(0, kDigestDigits);
}

// consumer: empty for the stream's own. extension: ".json".
inline std::string ConfigFileName(const std::string& stream, const std::string& consumer,
                                  std::string_view extension) {
  const auto joined = [&](const std::string& front, const std::string& behind) {
    return front + (behind.empty() ? ".stream" : "." + behind + ".consumer") +
           std::string(extension);
  };
  std::string whole = joined(stream, consumer);
  if (whole.size() <= kMaxFileNameBytes) return whole;
  return joined(ShortNameOf(stream), ShortNameOf(consumer));
}

}  // namespace jetkeep
