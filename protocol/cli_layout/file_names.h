// Names of files that the `nats` command line has written over the years. Thread-safety: pure
// functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace jetkeep {

inline constexpr std::string_view kCliBackupFile = "backup.json";
// The name does not tell the format: the command line restores either under either name.
inline constexpr std::string_view kCliV1DataFile = "stream.tar.s2";
inline constexpr std::string_view kCliV2DataFile = "stream.arc.s2";
// Stash writes the list of the streams that it backed up at the top.
inline constexpr std::string_view kStashListFile = "streams.json";

enum class CliFile : std::uint8_t {
  kOther,
  kBackup,          // kCliBackupFile
  kData,            // either data file
  kLegacyStream,    // stream_<stream>.json
  kLegacyConsumer,  // stream_<stream>_consumer_<consumer>.json
  kLegacyData,      // <stream>.tgz or stream_<stream>.tgz
  kStashList,
  kKeys,  // *.keys.json: what `nats backup edit --obfuscate` replaced
};

CliFile KindOfCliFile(std::string_view name);

}  // namespace jetkeep
