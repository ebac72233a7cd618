// ConfigBackup: one attempt to back up the configurations of a stream and of its durable consumers.
// Asks for no snapshot and reads no message.
#pragma once

#include <string>

#include "jetkeep/job.h"
#include "protocol/repository/manifest.h"
#include "service/engine/job_context.h"

namespace jetkeep {

// What of a backup is configuration: no messages, and durable consumers that stand at their start.
Manifest ConfigurationOf(Manifest manifest);

class ConfigBackup {
 public:
  // REQUIRES: there is a server.
  explicit ConfigBackup(const JobContext& job) : job_(job) {}

  // kStreamChanged: configurations changed again and again while they were read.
  Result<BackupReport> Run(const std::string& stream);

 private:
  const JobContext job_;
};

}  // namespace jetkeep
