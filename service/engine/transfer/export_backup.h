// Exports: backups of the repository as the `nats` command line keeps them, so that it restores,
// checks and edits them. Reads the repository only; needs no server. Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "service/engine/transfer/staged_folder.h"
#include "service/repository/repository.h"

namespace jetkeep {

enum class ExportFormat : std::uint8_t { kAuto, kV1, kV2 };

struct ExportSpec {
  ExportFormat format = ExportFormat::kAuto;
  // Of the server that will restore it; empty: not known.
  std::string server_version;
  std::string scratch_directory;
};

struct ExportedBackup {
  BackupSummary backup;
  std::string path;  // below the exported folder; empty: that one
  ArchiveFormat format = ArchiveFormat::kV1Tar;
  std::uint64_t data_bytes = 0;
  std::vector<std::string> warnings;
};

struct StreamExport {
  std::string stream;
  std::optional<ExportedBackup> exported;
  std::optional<Error> error;
};

// One backup as `nats backup stream` lays it out: target/{backup.json, data}.
Result<ExportedBackup> ExportBackup(Repository& repository, const std::string& backup_id,
                                    const std::string& target, const ExportSpec& spec,
                                    const CancelToken& cancel);

// These streams, or all that the repository has backups of, if there are none; of one account.
Result<std::vector<std::string>> StreamsToExport(Repository& repository,
                                                 const std::vector<std::string>& streams);

// The newest good backup of each of these streams (of all, if there are none) as `nats backup
// account` lays them out: target/<stream>/{backup.json, data}. A stream without one is named, and
// the others are exported. Fails if none can be.
Result<std::vector<StreamExport>> ExportStreams(Repository& repository,
                                                const std::vector<std::string>& streams,
                                                const std::string& target, const ExportSpec& spec,
                                                const CancelToken& cancel);

// The backups of a set (an id, or kLatestSet) in the same layout. Streams that it has no backup of
// are named, and the others are exported.
Result<std::vector<StreamExport>> ExportSet(Repository& repository, const std::string& set_id,
                                            const std::string& target, const ExportSpec& spec,
                                            const CancelToken& cancel);

}  // namespace jetkeep
