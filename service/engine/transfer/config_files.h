// ConfigFiles: the configurations in backups as files: of each stream, and of each consumer.
// Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <set>
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

// The files of one folder. Fields that servers add by themselves are left out, all others are the
// server's bytes.
class ConfigFiles {
 public:
  explicit ConfigFiles(ConfigFileFormat format) : format_(format) {}

  // The configurations of a backup: all of them, or nothing.
  Status Add(const Manifest& manifest);
  const std::vector<ExportedConfig>& files() const { return files_; }
  // Into a new folder: all files, or nothing. kObjectExists if it is there.
  Status Write(const std::string& target) const;

 private:
  Result<ExportedConfig> FileOf(const std::string& stream, const std::string& consumer,
                                const std::string& config_json);
  std::string FreeName(const std::string& text);

  ConfigFileFormat format_;
  std::vector<ExportedConfig> files_;
  std::set<std::string> taken_;  // names of resources
};

}  // namespace jetkeep
