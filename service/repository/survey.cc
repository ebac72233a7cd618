#include "service/repository/survey.h"

#include <set>
#include <utility>

#include "service/repository/catalog.h"

namespace jetkeep {
namespace {

class Surveyor {
 public:
  explicit Surveyor(FileSystem& files) : files_(files) {}

  Result<RepositorySurvey> Run(const std::string& account) {
    JETKEEP_ASSIGN(RepositoryWalk walk, WalkRepository(files_, account, ""));
    if (!account.empty()) JETKEEP_TRY(LookAtRoot());
    for (const std::string& path : walk.unknown) AddUnknown(path);
    survey_.unreadable = std::move(walk.unreadable);
    for (const LineagePath& place : walk.lineages) {
      Status looked = Look(place);
      if (!looked) survey_.unreadable.push_back(std::move(looked).error());
    }
    return std::move(survey_);
  }

 private:
  // A walk over one account does not look there. Other accounts are somebody else's to look after.
  Status LookAtRoot() {
    JETKEEP_ASSIGN(const auto entries, files_.List("", false));
    for (const DirectoryEntry& entry : entries) {
      const bool account = entry.kind == EntryKind::kDirectory && IsEncodedName(entry.name);
      if (!account && !IsRootFile(entry.name) && !IsLaterKind(entry.name)) AddUnknown(entry.name);
    }
    return {};
  }

  Status Look(const LineagePath& place) {
    JETKEEP_TRY(LookAtDirectory(place));
    // Segments first, as in a clean-up: what is being made now is not orphaned.
    JETKEEP_ASSIGN(const auto segments, ListIfThere(files_, place.segments()));
    JETKEEP_ASSIGN(const BackupFiles backups, ListBackups(files_, place));
    for (const std::string& path : backups.unknown) AddUnknown(path);
    const bool all_read = LoadNamed(place, backups);
    for (const DirectoryEntry& entry : segments) {
      JETKEEP_TRY(LookAtSegment(place, backups, entry, all_read));
    }
    return {};
  }

  Status LookAtDirectory(const LineagePath& place) {
    JETKEEP_ASSIGN(const auto entries, ListIfThere(files_, place.directory()));
    for (const DirectoryEntry& entry : entries) {
      const std::string path = place.directory() + "/" + entry.name;
      const bool known = path == place.segments() || path == place.backups();
      // Where they are no directories, listing them fails and says so.
      if (!known && !IsLaterKind(entry.name)) AddUnknown(path);
    }
    return {};
  }

  // Puts the segments that the lineage's manifests name into named_; false if one could not be
  // read, so that nobody knows what it names.
  bool LoadNamed(const LineagePath& place, const BackupFiles& backups) {
    named_.clear();
    bool all_read = true;
    for (const BackupFileParts& file : backups.files) {
      if (file.kind != BackupFileKind::kManifest || file.temporary) continue;
      const auto manifest = ReadManifest(files_, place, file.backup_id);
      if (manifest) {
        for (const SegmentRef& segment : manifest->segments) named_.insert(segment.name);
        continue;
      }
      if (manifest.error().code != Errc::kBackupNotFound) {
        all_read = false;  // verifying that backup says what is wrong
        continue;
      }
      const auto exists = files_.Exists(place.Manifest(file.backup_id));
      if (exists && *exists) survey_.unknown.push_back(manifest.error().message);
    }
    return all_read;
  }

  Status LookAtSegment(const LineagePath& place, const BackupFiles& backups,
                       const DirectoryEntry& entry, bool all_read) {
    const std::string path = place.segments() + "/" + entry.name;
    const auto name = ParseSegmentName(entry.name);
    if (!name || entry.kind != EntryKind::kFile) {
      if (!IsLaterKindOfSegmentFile(entry.name)) AddUnknown(path);
      return {};
    }
    if (name->temporary || named_.contains(entry.name) || !all_read ||
        backups.Has(BackupFileKind::kPending, name->backup_id)) {
      return {};
    }
    if (backups.HasUnknown(name->backup_id)) {
      survey_.unknown.push_back(path + ": no manifest names it, but a file bears its backup's id");
      return {};
    }
    JETKEEP_ASSIGN(const bool elsewhere, BelongsElsewhere(files_, place, name->backup_id));
    if (elsewhere) {
      survey_.unknown.push_back(path + ": a copy of a segment that belongs elsewhere");
      return {};
    }
    // Somebody may be deleting the backup just now.
    JETKEEP_ASSIGN(const bool exists, files_.Exists(path));
    if (exists) survey_.orphaned.push_back(path);
    return {};
  }

  void AddUnknown(const std::string& path) {
    survey_.unknown.push_back(path + ": jetkeep makes no file of this name here");
  }

  FileSystem& files_;
  RepositorySurvey survey_;
  std::set<std::string> named_;
};

}  // namespace

Result<RepositorySurvey> SurveyRepository(FileSystem& files, const std::string& account) {
  return Surveyor(files).Run(account);
}

Result<bool> BelongsElsewhere(FileSystem& files, const LineagePath& here, const std::string& id) {
  const auto place = FindBackup(files, "", id);
  if (place) return place->directory() != here.directory();
  if (place.error().code == Errc::kBackupNotFound) return false;
  return Fail(place.error());
}

}  // namespace jetkeep
