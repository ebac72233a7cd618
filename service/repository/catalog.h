// Finding and reading manifests: the directory listing is the only index there is.
// Thread-safety: functions may be called from any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "jetkeep/store.h"
#include "protocol/repository/layout.h"
#include "protocol/repository/manifest.h"

namespace jetkeep {

// What backups/ of a lineage holds.
struct BackupFiles {
  std::vector<BackupFileParts> files;
  std::vector<StoreEntry> unfinished;  // where asked for; their names are parsable
  std::vector<std::string> unknown;    // paths of files that no jetkeep makes
  bool Has(BackupFileKind kind, std::string_view id) const;
  // Whether an unknown file bears the id: its manifest under a changed name, perhaps.
  bool HasUnknown(std::string_view id) const;
};

// The lineages of a repository, and what stood in the way of finding more.
struct RepositoryWalk {
  std::vector<LineagePath> lineages;
  std::vector<Error> unreadable;     // each names a directory that may hold more
  std::vector<std::string> unknown;  // paths that no jetkeep makes
};
// Both empty: all of them. unfinished: objects that a writer left are looked at, too. Fails only if
// the root, or a directory that was asked for by name, cannot be read, and for a repository of a
// newer version.
Result<RepositoryWalk> WalkRepository(Store& store, const std::string& account,
                                      const std::string& stream, bool unfinished = false);

// The same for those who can do nothing without all of them: fails if anything cannot be read.
Status ForEachLineage(Store& store, const std::string& account, const std::string& stream,
                      const std::function<Status(const LineagePath&)>& f);

// A lock on the manifest. kBackupNotFound if it is not there, kBackupInUse with `why` if another
// lock excludes this one.
Result<std::unique_ptr<ObjectLock>> LockBackup(Store& store, const LineagePath& place,
                                               const std::string& id, LockKind kind,
                                               const std::string& why);

Result<BackupFiles> ListBackups(Store& store, const LineagePath& place, bool unfinished = false);

// All of these: kBackupNotFound if the file is not there, kRepositoryCorrupt if what was read is
// wrong, kRepositoryUnsupported if it is of a newer version; anything else means that it could not
// be read, which says nothing about the backup. A manifest that is good but not of this place and
// id is an unknown file here: kBackupNotFound.
//
// Reads the head only.
Result<BackupSummary> ReadSummary(Store& store, const LineagePath& place, const std::string& id);
Result<Manifest> ReadManifest(Store& store, const LineagePath& place, const std::string& id);
Result<Verification> ReadVerification(Store& store, const LineagePath& place,
                                      const BackupFileParts& file);

// Among the backups of the stream, or of all if it is empty. The manifest at the place found is
// that of the backup, or it is unknown whose it is. kBackupNotFound only if everything was read and
// no lineage has it.
Result<LineagePath> FindBackup(Store& store, const std::string& account, const std::string& id,
                               const std::string& stream = {});

}  // namespace jetkeep
