// ConfigFiles: the configurations in a backup as files: of the stream, and of each consumer.
// Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "protocol/repository/manifest.h"
#include "service/engine/transfer/staged_folder.h"

namespace jetkeep {

enum class ConfigFileFormat : std::uint8_t {
  kJson,  // as `nats stream add --config` and `nats consumer add --config` take it
  kNack,  // Kubernetes resources of NACK
};

struct ExportedConfig {
  std::string name;  // <stream>.stream.json, <stream>.<consumer>.consumer.json; .yaml
  std::string stream;
  std::string consumer;  // empty: the stream's own
  std::string content;
  std::vector<std::string> left_out;  // fields for which the format has no place
};

// Fields that servers add by themselves are left out, all others are the server's bytes.
Result<std::vector<ExportedConfig>> ConfigFilesOf(const Manifest& manifest,
                                                  ConfigFileFormat format);

// Into a new folder: all files, or nothing. kObjectExists if it is there.
Status WriteConfigFiles(const std::vector<ExportedConfig>& files, const std::string& target);

}  // namespace jetkeep
