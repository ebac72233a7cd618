#include "protocol/cli_layout/file_names.h"

namespace jetkeep {

CliFile KindOfCliFile(std::string_view name) {
  if (name == kCliBackupFile) return CliFile::kBackup;
  if (name == kCliV1DataFile || name == kCliV2DataFile) return CliFile::kData;
  if (name == kStashListFile) return CliFile::kStashList;
  if (name.ends_with(".keys.json")) return CliFile::kKeys;
  if (name.size() > 4 && name.ends_with(".tgz")) return CliFile::kLegacyData;
  if (name.starts_with("stream_") && name.ends_with(".json")) {
    return name.find("_consumer_") == std::string_view::npos ? CliFile::kLegacyStream
                                                             : CliFile::kLegacyConsumer;
  }
  return CliFile::kOther;
}

}  // namespace jetkeep
