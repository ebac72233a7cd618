#include "service/repository/repository.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>
#include <utility>

#include "protocol/codec/digest.h"
#include "protocol/repository/backup_id.h"
#include "service/repository/catalog.h"
#include "service/repository/restored_streams.h"
#include "service/repository/verifications.h"
#include "service/repository/whole_file.h"

namespace jetkeep {
namespace {

std::string NewRepositoryId() {
  std::random_device random;
  std::string bytes;
  while (bytes.size() < 16) bytes.push_back(static_cast<char>(random() & 0xff));
  return ToHex(bytes);
}

Result<RepositoryHeader> ReadHeader(FileSystem& files) {
  const std::string path(kRepositoryHeaderPath);
  JETKEEP_ASSIGN(const bool exists, files.Exists(path));
  if (!exists) {
    return Fail(Errc::kRepositoryMissing, "there is no repository.json",
                "Name the directory of a repository; `jetkeep serve` makes a new one in an empty "
                "directory.");
  }
  JETKEEP_ASSIGN(const auto file, files.Open(path));
  std::string bytes(std::min<std::uint64_t>(file->size(), kMaxHeaderBytes + 1), '\0');
  JETKEEP_TRY(file->ReadAt(0, bytes.size(), bytes.data()));
  auto header = ParseRepositoryHeader(bytes);
  if (!header) return Fail(std::move(header).error().Within(path));
  return header;
}

Status CheckUnderstood(FileSystem& files) {
  JETKEEP_ASSIGN(const auto entries, files.List("", false));
  for (const DirectoryEntry& entry : entries) {
    if (!IsLaterKind(entry.name) || !MustBeUnderstood(entry.name)) continue;
    return Fail(Errc::kRepositoryUnsupported,
                "the repository holds \"" + entry.name + "\", which must be understood",
                "Use a newer jetkeep.");
  }
  return {};
}

// A root that holds anything else is not taken for a new repository: its header may be lost, or it
// is the wrong one.
Status CheckEmpty(FileSystem& files) {
  JETKEEP_ASSIGN(const auto entries, files.List("", false));
  for (const DirectoryEntry& entry : entries) {
    if (entry.name == "lost+found" || IsTemporaryHeader(entry.name)) continue;
    return Fail(Errc::kRepositoryMissing,
                "the directory holds \"" + entry.name + "\" but no repository.json",
                "Name an empty directory, or put repository.json back from a replica.");
  }
  return {};
}

}  // namespace

Repository::Repository(FileSystem& files, BlockWorkers& workers, RepositoryOptions options,
                       RepositoryHeader header)
    : files_(files),
      workers_(workers),
      options_(std::move(options)),
      header_(std::move(header)),
      marks_(files) {}

Result<std::unique_ptr<Repository>> Repository::OpenOrCreate(FileSystem& files,
                                                             BlockWorkers& workers,
                                                             RepositoryOptions options,
                                                             std::int64_t now_ns) {
  const std::string path(kRepositoryHeaderPath);
  JETKEEP_ASSIGN(bool exists, files.Exists(path));
  if (!exists) {
    const Status empty = CheckEmpty(files);
    // Another process may have made it between the two looks.
    JETKEEP_ASSIGN(exists, files.Exists(path));
    if (!exists && !empty) return Fail(empty.error());
  }
  if (!exists) {
    RepositoryHeader header{NewRepositoryId(), now_ns};
    const Status written = WriteWholeFile(files, TemporaryHeaderPath(header.id), path, "",
                                          EncodeRepositoryHeader(header));
    JETKEEP_ASSIGN(exists, files.Exists(path));
    if (!written && !exists) return Fail(written.error());
  }
  return OpenExisting(files, workers, std::move(options));
}

Result<std::unique_ptr<Repository>> Repository::OpenExisting(FileSystem& files,
                                                             BlockWorkers& workers,
                                                             RepositoryOptions options) {
  JETKEEP_ASSIGN(RepositoryHeader header, ReadHeader(files));
  JETKEEP_TRY(CheckUnderstood(files));
  return std::unique_ptr<Repository>(
      new Repository(files, workers, std::move(options), std::move(header)));
}

Result<BackupListing> Repository::List(const std::string& stream) {
  return ReadListing(files_, workers_, options_.account, stream);
}

Result<std::vector<std::string>> Repository::Ids(const std::string& stream,
                                                 std::vector<Error>* unreadable) {
  JETKEEP_ASSIGN(const RepositoryWalk walk, WalkRepository(files_, options_.account, stream));
  std::vector<std::string> ids;
  for (const LineagePath& place : walk.lineages) {
    const Result<BackupFiles> files = ListBackups(files_, place);
    if (!files) {
      if (unreadable == nullptr && !stream.empty()) return Fail(files.error());
      if (unreadable != nullptr) unreadable->push_back(files.error());
      continue;
    }
    for (const BackupFileParts& file : files->files) {
      if (file.kind == BackupFileKind::kManifest && !file.temporary) ids.push_back(file.backup_id);
    }
  }
  // A copy of a manifest has the same name.
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

Result<BackupSummary> Repository::Summary(const std::string& backup_id) {
  JETKEEP_ASSIGN(const LineagePath place, FindBackup(files_, options_.account, backup_id));
  JETKEEP_ASSIGN(BackupSummary summary, ReadSummary(files_, place, backup_id));
  JETKEEP_ASSIGN(const BackupFiles files, ListBackups(files_, place));
  summary.verified = ReadVerifications(files_, place, backup_id, files).counts;
  return summary;
}

Result<Manifest> Repository::Load(const std::string& backup_id, const std::string& stream) {
  JETKEEP_ASSIGN(const LineagePath place, FindBackup(files_, options_.account, backup_id, stream));
  return ReadManifest(files_, place, backup_id);
}

Result<FoundBackups> Repository::Find(const std::string& stream) {
  return FindBackups(files_, workers_, options_.account, stream);
}

Result<RestoreChoice> Repository::ChooseForRestore(const std::string& stream, bool allow_older,
                                                   const std::vector<UnreadableBackup>& unusable) {
  return jetkeep::ChooseForRestore(files_, workers_, options_.account, stream, allow_older,
                                   unusable);
}

Result<std::unique_ptr<FileLock>> Repository::LockPending(const LineagePath& place,
                                                          const std::string& id) {
  // A clean-up in another process may hold the file for a moment, or remove the directory while it
  // is empty.
  for (int attempt = 1;; ++attempt) {
    JETKEEP_TRY(files_.MakeDirectories(place.backups()));
    auto lock = files_.TryLock(place.Pending(id), LockKind::kCreate);
    if (lock && *lock) return lock;
    if (attempt == 10) {
      if (!lock) return lock;
      return Fail(Errc::kJobConflict, "backup " + id + " is being made by somebody else");
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(attempt));
  }
}

Result<std::unique_ptr<BackupWriter>> Repository::BeginBackup(const std::string& stream,
                                                              const std::string& lineage,
                                                              const std::string& backup_id) {
  JETKEEP_TRY(CheckBackupId(backup_id));
  JETKEEP_ASSIGN(LineagePath place, LineagePath::Make(options_.account, stream,
                                                      lineage.empty() ? backup_id : lineage));
  JETKEEP_ASSIGN(auto lock, LockPending(place, backup_id));
  JETKEEP_ASSIGN(const bool exists, files_.Exists(place.Manifest(backup_id)));
  if (exists) {
    static_cast<void>(files_.Remove(place.Pending(backup_id)));
    return Fail(Errc::kJobConflict, "backup " + backup_id + " exists already");
  }
  return std::make_unique<BackupWriter>(files_, workers_, std::move(place), backup_id,
                                        options_.writer, std::move(lock));
}

Result<std::unique_ptr<BackupReader>> Repository::OpenReader(const Manifest& manifest,
                                                             ReadRange range) {
  JETKEEP_ASSIGN(LineagePath place,
                 LineagePath::Make(manifest.account, manifest.stream, manifest.lineage));
  JETKEEP_ASSIGN(auto lock,
                 LockBackup(files_, place, manifest.id, LockKind::kShared, "is being deleted"));
  return std::make_unique<BackupReader>(files_, workers_, std::move(place), manifest, range,
                                        std::move(lock));
}

Result<VerifyResult> Repository::Verify(const std::string& backup_id, const CancelToken& cancel,
                                        const VerifyProgress& progress) {
  JETKEEP_ASSIGN(const LineagePath place, FindBackup(files_, options_.account, backup_id));
  JETKEEP_ASSIGN(const auto lock,
                 LockBackup(files_, place, backup_id, LockKind::kShared, "is being deleted"));
  JETKEEP_ASSIGN(const BackupFiles before, ListBackups(files_, place));
  const std::int64_t seen_ns = ReadVerifications(files_, place, backup_id, before).newest_ns;
  VerifyResult result;
  const auto manifest = ReadManifest(files_, place, backup_id);
  if (manifest) {
    JETKEEP_ASSIGN(result, VerifySegments(files_, workers_, place, *manifest, cancel, progress));
  } else if (manifest.error().code != Errc::kRepositoryCorrupt) {
    return Fail(manifest.error());
  } else {
    result.findings.push_back(manifest.error().message + "; lost: the whole backup");
  }
  if (!result.ok()) JETKEEP_TRY(CheckStillThere(place, backup_id));
  result.seen_ns = seen_ns;
  JETKEEP_ASSIGN(const BackupFiles files, ListBackups(files_, place));
  for (const Error& error : ReadVerifications(files_, place, backup_id, files).unreadable) {
    if (error.code != Errc::kRepositoryCorrupt) return Fail(error);
    result.findings.push_back(error.message);
  }
  return result;
}

Result<VerifyResult> Repository::CheckStored(const Manifest& manifest, const CancelToken& cancel) {
  JETKEEP_ASSIGN(const LineagePath place,
                 LineagePath::Make(manifest.account, manifest.stream, manifest.lineage));
  JETKEEP_ASSIGN(const auto lock,
                 LockBackup(files_, place, manifest.id, LockKind::kShared, "is being deleted"));
  JETKEEP_ASSIGN(VerifyResult result,
                 CheckStoredSegments(files_, workers_, place, manifest, cancel));
  if (!result.ok()) JETKEEP_TRY(CheckStillThere(place, manifest.id));
  return result;
}

Status Repository::CheckStillThere(const LineagePath& place, const std::string& id) {
  JETKEEP_ASSIGN(const bool exists, files_.Exists(place.Manifest(id)));
  if (exists) return {};
  return Fail(Errc::kBackupNotFound, "backup " + id + " was removed meanwhile",
              "List the backups to see which there are.");
}

Status Repository::RecordVerification(const std::string& backup_id,
                                      const Verification& verification) {
  JETKEEP_ASSIGN(const LineagePath place, FindBackup(files_, options_.account, backup_id));
  return AddVerification(files_, place, backup_id, verification);
}

Result<RepositorySurvey> Repository::Survey() { return SurveyRepository(files_, options_.account); }

Result<CleanUpResult> Repository::Delete(const std::string& backup_id, LastBackup last) {
  JETKEEP_ASSIGN(const LineagePath place, FindBackup(files_, options_.account, backup_id));
  JETKEEP_ASSIGN(const auto lock, LockBackup(files_, place, backup_id, LockKind::kExclusive,
                                             "is being read or deleted"));
  std::unique_ptr<FileLock> another;
  if (last == LastBackup::kKeep) {
    JETKEEP_ASSIGN(another, LockAnother(files_, place, backup_id));
  }
  if (Status removed = files_.Remove(place.Manifest(backup_id)); !removed) {
    const auto exists = files_.Exists(place.Manifest(backup_id));
    if (!exists || *exists) return Fail(std::move(removed).error());
  }
  if (Status synced = files_.SyncDirectory(place.backups()); !synced) {
    Error error = std::move(synced).error().Within(
        "backup " + backup_id + " is deleted, but may come back after a loss of power");
    error.hint = "Delete it again if it does. A clean-up removes the rest of its files.";
    return Fail(std::move(error));
  }
  // The backup is gone; what stays of its files, the next clean-up removes.
  CleanUpResult removed;
  CleanUpLineage(files_, place, removed, backup_id);
  RemoveEmptyDirectories(files_, place);
  return removed;
}

Status Repository::NoteRestored(const std::string& account, const std::string& stream,
                                std::int64_t now_ns, std::uint64_t random) {
  JETKEEP_ASSIGN(std::vector<std::string> ids, Ids(stream));
  JETKEEP_ASSIGN(std::string before, jetkeep::NewestRestore(files_, account, stream));
  if (!before.empty()) ids.push_back(std::move(before));
  return MarkRestored(files_, account, stream, NewBackupIdAbove(ids, now_ns, random));
}

Result<std::string> Repository::NewestRestore(const std::string& stream) {
  return jetkeep::NewestRestore(files_, options_.account, stream);
}

Result<std::unique_ptr<RestoreMark>> Repository::MarkRestore(const RestoreRecord& record) {
  return marks_.Add(record);
}

Result<OrphanedRestores> Repository::TakeOrphanedRestores(const WantedRestore& wanted) {
  return marks_.TakeOrphaned(wanted);
}

CleanUpResult Repository::CleanUp() {
  CleanUpResult result;
  Result<RepositoryWalk> walk = WalkRepository(files_, options_.account, "");
  if (!walk) {
    result.problems.push_back(std::move(walk).error());
    return result;
  }
  result.problems = std::move(walk->unreadable);
  for (const LineagePath& place : walk->lineages) CleanUpLineage(files_, place, result);
  const Status cleaned = CleanUpRoot(result);
  if (!cleaned) result.problems.push_back(cleaned.error());
  return result;
}

Status Repository::CleanUpRoot(CleanUpResult& result) {
  JETKEEP_ASSIGN(const auto entries, files_.List("", false));
  for (const DirectoryEntry& entry : entries) {
    if (!IsTemporaryHeader(entry.name)) continue;
    JETKEEP_TRY(files_.Remove(entry.name));
    ++result.files_removed;
  }
  JETKEEP_ASSIGN(const std::uint64_t marks, marks_.RemoveUnpublished());
  result.files_removed += marks;
  return {};
}

}  // namespace jetkeep
