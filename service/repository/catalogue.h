// Finding and reading manifests: the directory listing is the only index there is.
// Thread-safety: functions may be called from any thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "jetkeep/filesystem.h"
#include "protocol/repository/layout.h"
#include "protocol/repository/manifest.h"

namespace jetkeep {

// What backups/ of a lineage holds.
struct BackupFiles {
  std::vector<BackupFileParts> files;
  std::vector<std::string> strangers;  // names that no jetkeep makes
  bool Has(BackupFileKind kind, std::string_view id) const;
};

// Both empty: all of them. Names that no jetkeep makes are passed to `stranger`, if given.
Status ForEachLineage(FileSystem& files, const std::string& account, const std::string& stream,
                      const std::function<Status(const LineagePath&)>& f,
                      const std::function<void(const std::string&)>& stranger = {});

// A directory that is not there is empty.
Result<std::vector<DirectoryEntry>> ListIfThere(FileSystem& files, const std::string& path);

Result<BackupFiles> ListBackups(FileSystem& files, const LineagePath& place);

// Reads the head only. Fails if the manifest is damaged or is not that of this place and id.
Result<BackupSummary> ReadSummary(FileSystem& files, const LineagePath& place,
                                  const std::string& id);
Result<Manifest> ReadManifest(FileSystem& files, const LineagePath& place, const std::string& id);
Result<Verification> ReadVerification(FileSystem& files, const LineagePath& place,
                                      const BackupFileParts& file);

// Among the backups of the stream, or of all if it is empty. kBackupNotFound if no lineage has a
// manifest of it.
Result<LineagePath> FindBackup(FileSystem& files, const std::string& account, const std::string& id,
                               const std::string& stream = {});

}  // namespace jetkeep
