#include "service/repository/survey.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "protocol/repository/set_record.h"
#include "service/repository/catalog.h"
#include "service/store/objects.h"

namespace jetkeep {
namespace {

class Surveyor {
 public:
  explicit Surveyor(Store& store) : store_(store) {}

  Result<RepositorySurvey> Run(const std::string& account) {
    JETKEEP_ASSIGN(RepositoryWalk walk, WalkRepository(store_, account, "", true));
    if (!account.empty()) JETKEEP_TRY(LookAtRoot());
    LookAtDocuments(kSetsPrefix, IsSetId);
    LookAtDocuments(kPinsPrefix, IsPinnable);
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
    JETKEEP_ASSIGN(const auto entries, ListAll(store_, "", {.unfinished = true}));
    for (const StoreEntry& entry : entries) {
      const bool account = entry.kind == EntryKind::kPrefix && IsEncodedName(entry.name);
      if (!account && !IsRootFile(entry.name) && !IsLaterKind(entry.name)) {
        AddUnknown("", entry);
      }
    }
    return {};
  }

  // Of all accounts, by their names.
  void LookAtDocuments(std::string_view prefix, bool (*is_name)(std::string_view)) {
    const auto entries = ListAll(store_, std::string(prefix), {.unfinished = true});
    if (!entries) {
      survey_.unreadable.push_back(entries.error());
      return;
    }
    for (const StoreEntry& entry : *entries) {
      const bool file = entry.kind == EntryKind::kObject || entry.kind == EntryKind::kUnfinished;
      if ((!file || !is_name(entry.name)) && !IsLaterKind(entry.name)) {
        AddUnknown(std::string(prefix) + "/", entry);
      }
    }
  }

  Status Look(const LineagePath& place) {
    JETKEEP_TRY(LookAtDirectory(place));
    // Segments first, as in a clean-up: what is being made now is not orphaned.
    JETKEEP_ASSIGN(const auto segments, ListAll(store_, place.segments(), {.unfinished = true}));
    JETKEEP_ASSIGN(const BackupFiles backups, ListBackups(store_, place, true));
    for (const std::string& path : backups.unknown) AddUnknown(path);
    being_made_ = std::any_of(
        backups.files.begin(), backups.files.end(),
        [](const BackupFileParts& file) { return file.kind == BackupFileKind::kPending; });
    const bool all_read = LoadNamed(place, backups);
    JETKEEP_TRY(LookForCopies(place, backups));
    for (const StoreEntry& entry : segments) {
      JETKEEP_TRY(LookAtSegment(place, backups, entry, all_read));
    }
    return {};
  }

  Status LookAtDirectory(const LineagePath& place) {
    JETKEEP_ASSIGN(const auto entries, ListAll(store_, place.directory(), {.unfinished = true}));
    for (const StoreEntry& entry : entries) {
      const std::string path = place.directory() + "/" + entry.name;
      const auto lease = ParseLeaseFile(entry.name);
      // Where they are no directories, listing them fails and says so.
      const bool file = entry.kind == EntryKind::kObject || entry.kind == EntryKind::kUnfinished;
      const bool known = path == place.segments() || path == place.backups() ||
                         (file && lease && !BackupIdOfLease(lease->key).empty());
      if (!known && !IsLaterKind(entry.name)) AddUnknown(place.directory() + "/", entry);
    }
    return {};
  }

  // Besides segments, of which the names are looked at.
  Status LookForCopies(const LineagePath& place, const BackupFiles& backups) {
    for (const BackupFileParts& file : backups.files) {
      if (file.kind == BackupFileKind::kManifest) continue;
      const std::string& id = file.backup_id;
      if (!copies_.contains(id)) {
        JETKEEP_ASSIGN(copies_[id], BelongsElsewhere(store_, place, id));
      }
      const bool result = file.kind == BackupFileKind::kVerified;
      const std::string path = result ? place.Verified(id, file.time_ns) : place.Pending(id);
      if (copies_[id])
        survey_.unknown.push_back(path + ": a copy of a file that belongs elsewhere");
    }
    return {};
  }

  // Puts the segments that the lineage's manifests name into named_; false if one could not be
  // read, so that nobody knows what it names.
  bool LoadNamed(const LineagePath& place, const BackupFiles& backups) {
    named_.clear();
    copies_.clear();
    bool all_read = true;
    for (const BackupFileParts& file : backups.files) {
      if (file.kind != BackupFileKind::kManifest) continue;
      copies_[file.backup_id] = false;
      const auto manifest = ReadManifest(store_, place, file.backup_id);
      if (manifest) {
        for (const SegmentRef& segment : manifest->segments) named_.insert(segment.name);
        continue;
      }
      if (manifest.error().code != Errc::kBackupNotFound) {
        all_read = false;  // verifying that backup says what is wrong
        continue;
      }
      const auto exists = store_.Exists(place.Manifest(file.backup_id));
      if (!exists || !*exists) continue;
      survey_.unknown.push_back(manifest.error().message);
      copies_[file.backup_id] = true;
    }
    return all_read;
  }

  Status LookAtSegment(const LineagePath& place, const BackupFiles& backups,
                       const StoreEntry& entry, bool all_read) {
    const std::string path = place.segments() + "/" + entry.name;
    const auto name = ParseSegmentName(entry.name);
    const bool unfinished = entry.kind == EntryKind::kUnfinished;
    if (!name || (entry.kind != EntryKind::kObject && !unfinished)) {
      if (!IsLaterKindOfSegmentFile(entry.name)) AddUnknown(place.segments() + "/", entry);
      return {};
    }
    if (unfinished || named_.contains(entry.name) || !all_read) return {};
    if (backups.HasUnknown(name->backup_id)) {
      survey_.unknown.push_back(path + ": no manifest names it, but a file bears its backup's id");
      return {};
    }
    JETKEEP_ASSIGN(const bool elsewhere, BelongsElsewhere(store_, place, name->backup_id));
    if (elsewhere) {
      survey_.unknown.push_back(path + ": a copy of a segment that belongs elsewhere");
      return {};
    }
    // Its own writer, or another one of the lineage, is about to name it; and whoever deletes a
    // backup meanwhile leaves the segments to them.
    if (being_made_) return {};
    // Somebody may be deleting the backup just now.
    JETKEEP_ASSIGN(const bool exists, store_.Exists(path));
    if (exists) survey_.orphaned.push_back(path);
    return {};
  }

  void AddUnknown(const std::string& front, const StoreEntry& entry) {
    AddUnknown(front + (entry.kind == EntryKind::kUnfinished ? entry.upload : entry.name));
  }
  void AddUnknown(const std::string& path) {
    survey_.unknown.push_back(path + ": jetkeep makes no file of this name here");
  }

  Store& store_;
  RepositorySurvey survey_;
  bool being_made_ = false;  // a backup of the lineage
  std::set<std::string> named_;
  std::map<std::string, bool> copies_;  // whether a backup's manifest lies elsewhere, by its id
};

}  // namespace

Result<RepositorySurvey> SurveyRepository(Store& store, const std::string& account) {
  return Surveyor(store).Run(account);
}

Result<bool> BelongsElsewhere(Store& store, const LineagePath& here, const std::string& id) {
  const auto place = FindBackup(store, "", id);
  if (place) return place->directory() != here.directory();
  if (place.error().code == Errc::kBackupNotFound) return false;
  return Fail(place.error());
}

}  // namespace jetkeep
