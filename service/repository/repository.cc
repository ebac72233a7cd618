#include "service/repository/repository.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "protocol/codec/digest.h"
#include "protocol/repository/backup_id.h"
#include "protocol/repository/set_record.h"
#include "service/repository/catalog.h"
#include "service/repository/restored_streams.h"
#include "service/repository/verifications.h"
#include "service/store/objects.h"
#include "service/work/ids.h"

namespace jetkeep {
namespace {

std::string NewRepositoryId() {
  std::string bytes;
  for (std::uint64_t bits = 0; bytes.size() < 16; bits >>= 8) {
    if (bytes.size() % 8 == 0) bits = RandomBits();
    bytes.push_back(static_cast<char>(bits & 0xff));
  }
  return ToHex(bytes);
}

Result<RepositoryHeader> ReadHeader(Store& store) {
  const std::string path(kRepositoryHeaderPath);
  JETKEEP_ASSIGN(const auto file, store.Open(path));
  if (!file) {
    return Fail(Errc::kRepositoryMissing, "there is no repository.json",
                "Name the directory of a repository; `jetkeep serve` makes a new one in an empty "
                "directory.");
  }
  // One byte more than allowed: the parser refuses it.
  JETKEEP_ASSIGN(const std::string bytes, ReadFront(*file, kMaxHeaderBytes + 1));
  auto header = ParseRepositoryHeader(bytes);
  if (!header) return Fail(std::move(header).error().Within(path));
  return header;
}

Status CheckUnderstood(Store& store) {
  JETKEEP_ASSIGN(const auto entries, ListAll(store, ""));
  for (const StoreEntry& entry : entries) {
    if (!IsLaterKind(entry.name) || !MustBeUnderstood(entry.name)) continue;
    return Fail(Errc::kRepositoryUnsupported,
                "the repository holds \"" + entry.name + "\", which must be understood",
                "Use a newer jetkeep.");
  }
  return {};
}

// A root that holds anything else is not taken for a new repository: its header may be lost, or it
// is the wrong one.
Status CheckEmpty(Store& store) {
  JETKEEP_ASSIGN(const auto entries, ListAll(store, "", {.unfinished = true}));
  for (const StoreEntry& entry : entries) {
    const bool unfinished = entry.kind == EntryKind::kUnfinished;
    if (entry.name == "lost+found" || (unfinished && entry.name == kRepositoryHeaderPath)) continue;
    return Fail(Errc::kRepositoryMissing,
                "the directory holds \"" + (unfinished ? entry.upload : entry.name) +
                    "\" but no repository.json",
                "Name an empty directory, or put repository.json back from a replica.");
  }
  return {};
}

Error NoSuchSet(const std::string& set_id) {
  return {Errc::kSetNotFound, "there is no set " + set_id, "List the sets to see which there are.",
          0};
}

}  // namespace

Repository::Repository(Store& store, BlockWorkers& workers, RepositoryOptions options,
                       RepositoryHeader header)
    : store_(store),
      workers_(workers),
      options_(std::move(options)),
      header_(std::move(header)),
      leases_(store, options_.lease),
      marks_(store, options_.lease),
      sets_(store),
      sets_being_made_(store, leases_),
      pins_(store) {}

Result<std::unique_ptr<Repository>> Repository::OpenOrCreate(Store& store, BlockWorkers& workers,
                                                             RepositoryOptions options,
                                                             std::int64_t now_ns) {
  const std::string path(kRepositoryHeaderPath);
  JETKEEP_ASSIGN(bool exists, store.Exists(path));
  if (!exists) {
    const Status empty = CheckEmpty(store);
    // Another process may have made it between the two looks.
    JETKEEP_ASSIGN(exists, store.Exists(path));
    if (!exists && !empty) return Fail(empty.error());
  }
  if (!exists) {
    RepositoryHeader header{NewRepositoryId(), now_ns};
    Status written = PutNew(store, path, EncodeRepositoryHeader(header));
    if (!written && written.error().code != Errc::kObjectExists) {
      return Fail(std::move(written).error());
    }
  }
  return OpenExisting(store, workers, std::move(options));
}

Result<std::unique_ptr<Repository>> Repository::OpenExisting(Store& store, BlockWorkers& workers,
                                                             RepositoryOptions options) {
  JETKEEP_ASSIGN(RepositoryHeader header, ReadHeader(store));
  JETKEEP_TRY(CheckUnderstood(store));
  return std::unique_ptr<Repository>(
      new Repository(store, workers, std::move(options), std::move(header)));
}

Result<BackupListing> Repository::List(const std::string& stream) {
  JETKEEP_ASSIGN(BackupListing listing, ReadListing(store_, workers_, options_.account, stream));
  const auto pinned = pins_.All();
  if (!pinned) {
    listing.warnings.push_back("what is pinned cannot be read: " + pinned.error().message);
    return listing;
  }
  for (BackupSummary& backup : listing.backups) backup.pinned = pinned->contains(backup.id);
  return listing;
}

Result<FoundBackups> Repository::Find(const std::string& stream) {
  JETKEEP_ASSIGN(FoundBackups found, FindBackups(store_, workers_, options_.account, stream));
  JETKEEP_ASSIGN(const std::set<std::string> pinned, pins_.All());
  for (BackupSummary& backup : found.backups) backup.pinned = pinned.contains(backup.id);
  return found;
}

Result<std::vector<std::string>> Repository::Ids(const std::string& stream,
                                                 std::vector<Error>* unreadable) {
  return IdsOf(options_.account, stream, unreadable);
}

Result<std::vector<std::string>> Repository::IdsOf(const std::string& account,
                                                   const std::string& stream,
                                                   std::vector<Error>* unreadable) {
  JETKEEP_ASSIGN(const RepositoryWalk walk, WalkRepository(store_, account, stream));
  std::vector<std::string> ids;
  for (const LineagePath& place : walk.lineages) {
    const Result<BackupFiles> files = ListBackups(store_, place);
    if (!files) {
      if (unreadable == nullptr && !stream.empty()) return Fail(files.error());
      if (unreadable != nullptr) unreadable->push_back(files.error());
      continue;
    }
    for (const BackupFileParts& file : files->files) {
      if (file.kind == BackupFileKind::kManifest) ids.push_back(file.backup_id);
    }
  }
  // A copy of a manifest has the same name.
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

Result<BackupSummary> Repository::Summary(const std::string& backup_id, const std::string& stream) {
  JETKEEP_ASSIGN(const LineagePath place, FindBackup(store_, options_.account, backup_id, stream));
  JETKEEP_ASSIGN(BackupSummary summary, ReadSummary(store_, place, backup_id));
  JETKEEP_ASSIGN(const BackupFiles files, ListBackups(store_, place));
  summary.verified = ReadVerifications(store_, place, backup_id, files).counts;
  JETKEEP_ASSIGN(summary.pinned, pins_.Has(backup_id));
  return summary;
}

Result<Manifest> Repository::Load(const std::string& backup_id, const std::string& stream) {
  JETKEEP_ASSIGN(const LineagePath place, FindBackup(store_, options_.account, backup_id, stream));
  return ReadManifest(store_, place, backup_id);
}

Result<NewestBackup> Repository::FindNewest(const std::string& stream) {
  return newest_.Find(store_, workers_, options_.account, stream);
}

Result<RestoreChoice> Repository::ChooseForRestore(const std::string& stream, bool allow_older,
                                                   const std::vector<UnreadableBackup>& unusable,
                                                   ChosenFor what) {
  return jetkeep::ChooseForRestore(store_, workers_, options_.account, stream, allow_older,
                                   unusable, what);
}

Result<std::unique_ptr<BackupWriter>> Repository::BeginBackup(const std::string& stream,
                                                              const std::string& lineage,
                                                              const std::string& backup_id) {
  JETKEEP_TRY(CheckBackupId(backup_id));
  JETKEEP_ASSIGN(LineagePath place, LineagePath::Make(options_.account, stream,
                                                      lineage.empty() ? backup_id : lineage));
  JETKEEP_ASSIGN(BackupClaim claim, BackupClaim::Make(store_, leases_, place, backup_id));
  JETKEEP_ASSIGN(const bool exists, store_.Exists(place.Manifest(backup_id)));
  if (exists) {
    claim.Release();
    return Fail(Errc::kJobConflict, "backup " + backup_id + " exists already");
  }
  const auto when_over = [this, place] {
    if (!places_.Take(place)) return;
    // What it cannot remove, the next clean-up names.
    static_cast<void>(CleanUpPlaces({place}));
  };
  return std::make_unique<BackupWriter>(store_, workers_, place, backup_id, options_.writer,
                                        std::move(claim), when_over);
}

Result<std::unique_ptr<BackupReader>> Repository::OpenReader(const Manifest& manifest,
                                                             ReadRange range) {
  JETKEEP_ASSIGN(LineagePath place,
                 LineagePath::Make(manifest.account, manifest.stream, manifest.lineage));
  JETKEEP_ASSIGN(auto lock,
                 LockBackup(store_, place, manifest.id, LockKind::kShared, "is being deleted"));
  return std::make_unique<BackupReader>(store_, workers_, std::move(place), manifest, range,
                                        std::move(lock));
}

Result<VerifyResult> Repository::Verify(const std::string& backup_id, const CancelToken& cancel,
                                        const VerifyProgress& progress, const std::string& stream) {
  JETKEEP_ASSIGN(const LineagePath place, FindBackup(store_, options_.account, backup_id, stream));
  JETKEEP_ASSIGN(const auto lock,
                 LockBackup(store_, place, backup_id, LockKind::kShared, "is being deleted"));
  JETKEEP_ASSIGN(const BackupFiles before, ListBackups(store_, place));
  const std::int64_t seen_ns = ReadVerifications(store_, place, backup_id, before).newest_ns;
  VerifyResult result;
  const auto manifest = ReadManifest(store_, place, backup_id);
  if (manifest) {
    JETKEEP_ASSIGN(result, VerifySegments(store_, workers_, place, *manifest, cancel, progress));
  } else if (manifest.error().code != Errc::kRepositoryCorrupt) {
    return Fail(manifest.error());
  } else {
    result.findings.push_back(manifest.error().message + "; lost: the whole backup");
  }
  if (!result.ok()) JETKEEP_TRY(CheckStillThere(place, backup_id));
  result.seen_ns = seen_ns;
  JETKEEP_ASSIGN(const BackupFiles files, ListBackups(store_, place));
  for (const Error& error : ReadVerifications(store_, place, backup_id, files).unreadable) {
    if (error.code != Errc::kRepositoryCorrupt) return Fail(error);
    result.findings.push_back(error.message);
  }
  return result;
}

Result<VerifyResult> Repository::CheckStored(const Manifest& manifest, const CancelToken& cancel) {
  JETKEEP_ASSIGN(const LineagePath place,
                 LineagePath::Make(manifest.account, manifest.stream, manifest.lineage));
  JETKEEP_ASSIGN(const auto lock,
                 LockBackup(store_, place, manifest.id, LockKind::kShared, "is being deleted"));
  JETKEEP_ASSIGN(VerifyResult result,
                 CheckStoredSegments(store_, workers_, place, manifest, cancel));
  if (!result.ok()) JETKEEP_TRY(CheckStillThere(place, manifest.id));
  return result;
}

Status Repository::CheckStillThere(const LineagePath& place, const std::string& id) {
  JETKEEP_ASSIGN(const bool exists, store_.Exists(place.Manifest(id)));
  if (exists) return {};
  return Fail(Errc::kBackupNotFound, "backup " + id + " was removed meanwhile",
              "List the backups to see which there are.");
}

Status Repository::RecordVerification(const std::string& backup_id,
                                      const Verification& verification, const std::string& stream) {
  JETKEEP_ASSIGN(const LineagePath place, FindBackup(store_, options_.account, backup_id, stream));
  Status added = AddVerification(store_, place, backup_id, verification);
  if (!added && added.error().code == Errc::kBackupNotFound) RemoveEmptyDirectories(store_, place);
  return added;
}

Result<RepositorySurvey> Repository::Survey() { return SurveyRepository(store_, options_.account); }

Status Repository::CheckNotPinned(const std::string& what, const std::string& id) {
  JETKEEP_ASSIGN(const bool pinned, pins_.Has(id));
  if (!pinned) return {};
  return Fail(Errc::kPinned, what + " " + id + " is pinned",
              "Nothing was deleted. Unpin it first (`jetkeep unpin ID`, backup.unpin).");
}

Status Repository::CheckFree(const std::string& backup_id, InSets in_sets) {
  JETKEEP_TRY(CheckNotPinned("backup", backup_id));
  JETKEEP_ASSIGN(const std::vector<std::string> naming, sets_.Naming(backup_id));
  if (naming.empty()) return {};
  for (const std::string& set : naming) {
    JETKEEP_ASSIGN(const bool set_pinned, pins_.Has(set));
    if (!set_pinned) continue;
    return Fail(Errc::kPinned,
                "backup " + backup_id + " belongs to set " + set + ", which is pinned",
                "Nothing was deleted. Unpin the set first.");
  }
  if (in_sets == InSets::kDelete) return {};
  const std::size_t more = naming.size() - 1;
  return Fail(Errc::kInSet,
              "backup " + backup_id + " belongs to set " + naming.front() +
                  (more == 0 ? "" : " and " + std::to_string(more) + " more"),
              "Nothing was deleted. Delete the set, or delete the backup with --from-sets (field "
              "from_sets): the set then lacks this stream and is no longer the newest good one.");
}

Result<CleanUpResult> Repository::Delete(const std::string& backup_id, LastBackup last,
                                         InSets in_sets, const std::string& stream) {
  JETKEEP_ASSIGN(const LineagePath place, FindBackup(store_, options_.account, backup_id, stream));
  JETKEEP_ASSIGN(const auto lock, LockBackup(store_, place, backup_id, LockKind::kExclusive,
                                             "is being read or deleted"));
  JETKEEP_TRY(CheckFree(backup_id, in_sets));
  return DeleteLocked(place, backup_id, last);
}

Result<CleanUpResult> Repository::DeleteLocked(const LineagePath& place,
                                               const std::string& backup_id, LastBackup last) {
  std::unique_ptr<ObjectLock> another;
  if (last == LastBackup::kKeep) {
    JETKEEP_ASSIGN(another, LockAnother(store_, place, backup_id));
  }
  if (Status removed = store_.Remove(place.Manifest(backup_id)); !removed) {
    const auto exists = store_.Exists(place.Manifest(backup_id));
    if (!exists || *exists) return Fail(std::move(removed).error());
  }
  if (Status synced = store_.Flush(place.backups()); !synced) {
    Error error = std::move(synced).error().Within(
        "backup " + backup_id + " is deleted, but may come back after a loss of power");
    error.hint = "If it comes back, delete it again. A clean-up removes the rest of its files.";
    return Fail(std::move(error));
  }
  // The backup is gone; what stays of its files, the next clean-up removes.
  CleanUpResult removed;
  CleanUpLineage(store_, leases_, place, removed, backup_id);
  places_.Add(removed.at_work);
  RemoveEmptyDirectories(store_, place);
  return removed;
}

Result<SetListing> Repository::ListSets() {
  JETKEEP_ASSIGN(SetListing listing, sets_.List(options_.account));
  JETKEEP_ASSIGN(const std::set<std::string> pinned, pins_.All());
  for (SetSummary& set : listing.sets) set.pinned = pinned.contains(set.id);
  return listing;
}

Result<SetDetails> Repository::LoadOwnSet(const std::string& set_id) {
  JETKEEP_ASSIGN(SetDetails set, sets_.Load(set_id));
  // Another account's is none, as with backups.
  if (!options_.account.empty() && set.summary.account != options_.account) {
    return Fail(NoSuchSet(set_id));
  }
  return set;
}

Result<SetDetails> Repository::LoadSet(const std::string& set_id) {
  JETKEEP_ASSIGN(SetDetails set, LoadOwnSet(set_id));
  JETKEEP_ASSIGN(set.summary.pinned, pins_.Has(set_id));
  return set;
}

Status Repository::CheckNotLast(const std::vector<const SetMember*>& members) {
  std::optional<Error> first;
  std::size_t more = 0;
  for (const SetMember* member : members) {
    const auto place = FindBackup(store_, options_.account, member->backup, member->stream);
    if (!place) continue;  // the deletion says what is wrong with it
    const auto another = LockAnother(store_, *place, member->backup);
    if (another || another.error().code != Errc::kLastBackup) continue;
    if (first) ++more;
    if (!first) first = another.error();
  }
  if (!first) return {};
  if (more > 0) first->message += "; the same holds for " + std::to_string(more) + " more";
  first->message += "; nothing was deleted";
  return Fail(*std::move(first));
}

Result<DeletedSet> Repository::DeleteSet(const std::string& set_id, LastBackup last) {
  // Against a pin at the same time.
  JETKEEP_ASSIGN(const auto lock, LockSet(set_id, LockKind::kExclusive));
  const Result<SetDetails> set = LoadOwnSet(set_id);
  if (!set && set.error().code != Errc::kRepositoryCorrupt) return Fail(set.error());
  JETKEEP_TRY(CheckNotPinned("set", set_id));
  DeletedSet deleted;
  if (!set) {
    JETKEEP_TRY(sets_.Remove(set_id));
    deleted.kept.push_back("all of its backups: the set's document is damaged");
    return deleted;
  }
  std::vector<std::string> ids;
  for (const SetMember& member : set->members) {
    if (!member.backup.empty()) ids.push_back(member.backup);
  }
  JETKEEP_ASSIGN(const std::set<std::string> pins, pins_.All());
  JETKEEP_ASSIGN(const std::set<std::string> others, sets_.NamedByOthers(set_id, ids));
  std::vector<const SetMember*> going;
  for (const SetMember& member : set->members) {
    if (member.backup.empty()) continue;
    if (pins.contains(member.backup)) {
      deleted.kept.push_back("backup " + member.backup + " is pinned");
    } else if (others.contains(member.backup)) {
      deleted.kept.push_back("backup " + member.backup + " belongs to another set");
    } else {
      going.push_back(&member);
    }
  }
  if (last == LastBackup::kKeep) JETKEEP_TRY(CheckNotLast(going));
  // The set first: one that is there names what is there.
  JETKEEP_TRY(sets_.Remove(set_id));
  for (const SetMember* member : going) {
    const auto gone = DeleteMember(member->backup, member->stream, last);
    if (gone) ++deleted.backups;
    if (!gone && gone.error().code != Errc::kBackupNotFound) {
      deleted.kept.push_back(gone.error().message);
    }
  }
  return deleted;
}

// That no other set names it was looked at for all at once, and new sets name new backups only.
Result<CleanUpResult> Repository::DeleteMember(const std::string& backup_id,
                                               const std::string& stream, LastBackup last) {
  JETKEEP_ASSIGN(const LineagePath place, FindBackup(store_, options_.account, backup_id, stream));
  JETKEEP_ASSIGN(const auto lock, LockBackup(store_, place, backup_id, LockKind::kExclusive,
                                             "is being read or deleted"));
  JETKEEP_TRY(CheckNotPinned("backup", backup_id));
  return DeleteLocked(place, backup_id, last);
}

Result<CleanUpResult> Repository::DeleteUnnamed(const std::string& backup_id,
                                                const std::string& stream) {
  return DeleteMember(backup_id, stream, LastBackup::kKeep);
}

Status Repository::ForgetSet(const std::string& set_id) {
  // Against a pin at the same time.
  JETKEEP_ASSIGN(const auto lock, LockSet(set_id, LockKind::kExclusive));
  JETKEEP_TRY(LoadOwnSet(set_id).map([](const SetDetails&) {}));
  JETKEEP_TRY(CheckNotPinned("set", set_id));
  return sets_.Remove(set_id);
}

Result<std::unique_ptr<ObjectLock>> Repository::LockSet(const std::string& set_id, LockKind kind) {
  JETKEEP_TRY(CheckSetId(set_id));
  JETKEEP_ASSIGN(LockAttempt attempt, store_.TryLock(SetKey(set_id), kind));
  if (attempt.lock) return std::move(attempt.lock);
  if (attempt.absent) return Fail(NoSuchSet(set_id));
  return Fail(Errc::kBackupInUse, "set " + set_id + " is being pinned or deleted",
              "Nothing was changed. Try again in a moment.");
}

// Of whichever account.
Result<bool> Repository::ExistsAnywhere(const std::string& id) {
  if (IsSetId(id)) return sets_.Has(id);
  const auto place = FindBackup(store_, "", id);
  if (!place && place.error().code != Errc::kBackupNotFound) return Fail(place.error());
  return place.has_value();
}

Status Repository::CheckPinnable(const std::string& id) {
  if (!IsSetId(id)) return FindBackup(store_, options_.account, id).map([](const auto&) {});
  const auto set = LoadOwnSet(id);
  // A damaged one can be kept, too.
  if (set || set.error().code == Errc::kRepositoryCorrupt) return {};
  return Fail(set.error());
}

Status Repository::Pin(const std::string& id, std::int64_t now_ns) {
  std::unique_ptr<ObjectLock> lock;
  if (IsSetId(id)) {
    JETKEEP_ASSIGN(lock, LockSet(id, LockKind::kShared));
  } else {
    JETKEEP_ASSIGN(const LineagePath place, FindBackup(store_, options_.account, id));
    JETKEEP_ASSIGN(lock, LockBackup(store_, place, id, LockKind::kShared, "is being deleted"));
  }
  JETKEEP_TRY(CheckPinnable(id));
  JETKEEP_TRY(pins_.Add(id, now_ns));
  // Where stores lock nothing, a set may have been deleted between the two.
  Status there = CheckPinnable(id);
  if (!there && there.error().code == Errc::kSetNotFound) JETKEEP_TRY(pins_.Remove(id));
  return there;
}

Status Repository::Unpin(const std::string& id) {
  JETKEEP_ASSIGN(const bool pinned, pins_.Has(id));
  Status own = CheckPinnable(id);
  if (!own) {
    // What was pinned may be gone, or be another account's.
    JETKEEP_ASSIGN(const bool anybodys, ExistsAnywhere(id));
    if (!pinned || anybodys) return own;
  }
  return pinned ? pins_.Remove(id) : Status();
}

Status Repository::NoteRestored(const std::string& account, const std::string& stream,
                                std::int64_t now_ns, std::uint64_t random) {
  JETKEEP_ASSIGN(std::vector<std::string> ids, IdsOf(account, stream, nullptr));
  JETKEEP_ASSIGN(std::string before, jetkeep::NewestRestore(store_, account, stream));
  if (!before.empty()) ids.push_back(std::move(before));
  return MarkRestored(store_, account, stream, NewBackupIdAbove(ids, now_ns, random));
}

Result<std::string> Repository::NewestRestore(const std::string& stream) {
  return jetkeep::NewestRestore(store_, options_.account, stream);
}

Result<std::unique_ptr<RestoreMark>> Repository::MarkRestore(const RestoreRecord& record) {
  return marks_.Add(record);
}

Result<bool> Repository::HasRestoreMark(const std::string& restore_id) {
  return marks_.Has(restore_id);
}

Result<OrphanedRestores> Repository::TakeOrphanedRestores(const WantedRestore& wanted) {
  return marks_.TakeOrphaned(wanted);
}

CleanUpResult Repository::CleanUp() {
  CleanUpResult result;
  Result<RepositoryWalk> walk = WalkRepository(store_, options_.account, "", true);
  if (!walk) {
    result.problems.push_back(std::move(walk).error());
    return result;
  }
  result.problems = std::move(walk->unreadable);
  for (const LineagePath& place : walk->lineages) CleanUpLineage(store_, leases_, place, result);
  places_.Add(result.at_work);
  const Status cleaned = CleanUpRoot(result);
  if (!cleaned) result.problems.push_back(cleaned.error());
  return result;
}

CleanUpResult Repository::CleanUpAgain() { return CleanUpPlaces(places_.TakeAll()); }

CleanUpResult Repository::CleanUpPlaces(const std::vector<LineagePath>& places) {
  CleanUpResult result;
  for (const LineagePath& place : places) {
    CleanUpResult one;
    CleanUpLineage(store_, leases_, place, one);
    // A problem is reported once, and then left to the next start. A lost lease is none: whoever
    // has it may end before its work does.
    const bool lasting = std::any_of(one.problems.begin(), one.problems.end(),
                                     [](const Error& e) { return e.code != Errc::kLeaseLost; });
    if (!lasting) places_.Add(one.at_work);
    result.files_removed += one.files_removed;
    std::move(one.problems.begin(), one.problems.end(), std::back_inserter(result.problems));
  }
  return result;
}

Status Repository::CleanUpRoot(CleanUpResult& result) {
  JETKEEP_ASSIGN(const auto entries, ListAll(store_, "", {.unfinished = true}));
  for (const StoreEntry& entry : entries) {
    if (entry.kind != EntryKind::kUnfinished || !IsRootFile(entry.name)) continue;
    JETKEEP_ASSIGN(const bool removed, store_.RemoveUnfinished(entry.name, entry.upload,
                                                               WhoseUnfinished::kOfEndedWriters));
    if (removed) ++result.files_removed;
  }
  JETKEEP_ASSIGN(const std::uint64_t leases, marks_.RemoveLeasesWithoutRecord());
  result.files_removed += leases;
  JETKEEP_ASSIGN(const std::uint64_t documents, sets_.RemoveUnfinished());
  result.files_removed += documents;
  return {};
}

}  // namespace jetkeep
