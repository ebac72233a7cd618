// The token of a restore: a random value in a stream's configuration that proves which restore made
// the stream. It is there from the request to restore until the stream is whole, and nowhere else:
// backups and comparisons see configurations without it.
//
// It stands in the metadata, or, on servers that keep none (before 2.10), behind the description.
// Where a cluster may keep a name without a stream, whose configuration nobody can read, it is a
// subject of the stream as well: STREAM.NAMES filters by subjects. Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep {

inline constexpr std::string_view kRestoreTokenKey = "jetkeep.restore";
inline constexpr std::size_t kRestoreTokenBytes = 32;

// 128 random bits as kRestoreTokenBytes lower-case hexadecimal digits.
std::string MakeRestoreToken(std::uint64_t high, std::uint64_t low);

struct TokenPlaces {
  bool metadata = true;  // false: the description
  bool subject = false;  // besides, if the stream can have one more
};

// kInvalidRequest if the place has no room for it or is taken, or `config_json` is no object.
Result<std::string> WithRestoreToken(std::string_view config_json, std::string_view token,
                                     TokenPlaces places);

// The token that stands in the configuration; empty if there is none.
std::string RestoreTokenOf(std::string_view config_json);

// The configuration without a token, of whichever restore, in any of its places. Without one:
// unchanged, byte for byte. A text that is no object comes back as it is.
std::string WithoutRestoreToken(std::string_view config_json);

// Whether a server that adds to the metadata takes an update of such a stream. A restore it takes
// in any case.
bool MetadataAllowsUpdates(std::string_view config_json);

// The configuration without what servers put into the metadata by themselves: sent back, it counts
// against the size that metadata may have.
std::string WithoutServersMetadata(std::string_view config_json);

// The subject that stands for the token.
std::string RestoreSubject(std::string_view token);
// Whether the configuration has that subject.
bool HasRestoreSubject(std::string_view config_json, std::string_view token);

}  // namespace jetkeep
