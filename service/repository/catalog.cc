#include "service/repository/catalog.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "protocol/repository/backup_id.h"
#include "protocol/repository/repository_header.h"
#include "service/store/objects.h"

namespace jetkeep {
namespace {

constexpr std::string_view kNewer = "Use a newer jetkeep.";

// Whether the names inside the manifest lead to where it was found.
Status CheckPlace(Store& store, const std::string& account, const std::string& stream,
                  const std::string& lineage, const std::string& id, const LineagePath& place,
                  const std::string& wanted) {
  const auto own = LineagePath::Make(account, stream, lineage);
  if (own && own->directory() == place.directory() && id == wanted) return {};
  // Where the backup that the name tells of has segments, its own manifest was written over.
  bool segments = false;
  if (id != wanted) {
    JETKEEP_ASSIGN(segments, store.Exists(place.Segment(SegmentName(wanted, 1))));
  }
  if (segments) {
    return Fail(Errc::kRepositoryCorrupt,
                "the manifest is that of backup " + id + " of stream " + stream + " in account " +
                    account + ", put in the place of another one",
                "Put the manifest of backup " + wanted + " back from a replica of the repository.");
  }
  return Fail(Errc::kBackupNotFound,
              "the manifest is that of backup " + id + " of stream " + stream + " in account " +
                  account + ", which belongs elsewhere",
              "Remove this copy, or put it back where it was.");
}

Result<std::unique_ptr<ObjectReader>> OpenThere(Store& store, const std::string& path) {
  JETKEEP_ASSIGN(auto file, store.Open(path));
  if (!file) return Fail(Errc::kBackupNotFound, "the file is not there");
  return file;
}

// Line and head of a manifest.
Result<std::string> ReadHead(const ObjectReader& file) {
  JETKEEP_ASSIGN(std::string front, ReadFront(file, kManifestHeadGuess));
  JETKEEP_ASSIGN(const std::size_t needed, ManifestHeadBytes(front));
  if (needed > front.size()) {
    JETKEEP_ASSIGN(front, ReadFront(file, needed));
  }
  return front;
}

template <typename T>
Result<T> Named(Result<T> result, const std::string& path) {
  if (!result) return Fail(std::move(result).error().Within(path));
  return result;
}

// Walks one level after the other, and goes on where something cannot be read.
class Walker {
 public:
  Walker(Store& store, const std::string& account, const std::string& stream, bool unfinished)
      : store_(store), account_(account), stream_(stream), unfinished_(unfinished) {}

  Result<RepositoryWalk> Run() {
    JETKEEP_TRY(ForEachName("", account_, [&](const std::string& account_part) {
      return ForEachName(account_part, stream_, [&](const std::string& stream_part) {
        return AddLineages(account_part, stream_part);
      });
    }));
    return std::move(walk_);
  }

 private:
  // One that was asked for by name has to be readable.
  Status NoteUnreadable(Error error, bool asked) {
    if (asked) return Fail(std::move(error));
    walk_.unreadable.push_back(std::move(error));
    return {};
  }

  // Whether to enter; otherwise the entry was taken care of.
  Result<bool> Enter(const StoreEntry& entry, const std::string& path, bool form, bool asked) {
    if (IsLaterKind(entry.name)) {
      if (MustBeUnderstood(entry.name)) {
        const Error newer{Errc::kRepositoryUnsupported, path + " must be understood",
                          std::string(kNewer), 0};
        JETKEEP_TRY(NoteUnreadable(newer, asked || path == entry.name));
      }
      return false;
    }
    if (form && entry.kind == EntryKind::kPrefix) return true;
    if (form && entry.kind == EntryKind::kSymbolicLink) {
      const Error link{Errc::kStorageError, path + " is a symbolic link, which is not followed",
                       "Put the directory itself there, or mount its volume there.", 0};
      JETKEEP_TRY(NoteUnreadable(link, asked));
    } else {
      walk_.unknown.push_back(path);
    }
    return false;
  }

  // The names at one level: the one asked for, or what is there.
  template <typename F>
  Status ForEachName(const std::string& directory, const std::string& wanted, F&& f) {
    if (!wanted.empty()) return f(EncodeName(wanted));
    const bool asked = directory.empty() || !account_.empty();
    auto entries = ListAll(store_, directory, {.unfinished = unfinished_});
    if (!entries) return NoteUnreadable(std::move(entries).error(), asked);
    for (const StoreEntry& entry : *entries) {
      if (directory.empty() && IsRootFile(entry.name)) continue;
      const std::string& name = entry.kind == EntryKind::kUnfinished ? entry.upload : entry.name;
      const std::string path = directory.empty() ? name : directory + "/" + name;
      JETKEEP_ASSIGN(const bool enter, Enter(entry, path, IsEncodedName(entry.name), false));
      if (enter) JETKEEP_TRY(f(entry.name));
    }
    return {};
  }

  Status AddLineages(const std::string& account_part, const std::string& stream_part) {
    const std::string directory = account_part + "/" + stream_part;
    const bool asked = !stream_.empty();
    auto entries = ListAll(store_, directory, {.unfinished = unfinished_});
    if (!entries) return NoteUnreadable(std::move(entries).error(), asked);
    for (const StoreEntry& entry : *entries) {
      auto place = LineagePath::FromParts(account_part, stream_part, entry.name);
      const std::string& name = entry.kind == EntryKind::kUnfinished ? entry.upload : entry.name;
      // Where it is no directory, listing it fails and says so.
      if (place && entry.kind != EntryKind::kUnfinished) {
        walk_.lineages.push_back(*std::move(place));
        continue;
      }
      JETKEEP_TRY(Enter(entry, directory + "/" + name, false, asked));
    }
    return {};
  }

  Store& store_;
  const std::string& account_;
  const std::string& stream_;
  const bool unfinished_;
  RepositoryWalk walk_;
};

}  // namespace

bool BackupFiles::Has(BackupFileKind kind, std::string_view id) const {
  return std::any_of(files.begin(), files.end(), [&](const BackupFileParts& file) {
    return file.kind == kind && file.backup_id == id;
  });
}

bool BackupFiles::HasUnknown(std::string_view id) const {
  return std::any_of(unknown.begin(), unknown.end(), [&](const std::string& path) {
    return path.find(id, path.rfind('/')) != std::string::npos;
  });
}

Result<RepositoryWalk> WalkRepository(Store& store, const std::string& account,
                                      const std::string& stream, bool unfinished) {
  return Walker(store, account, stream, unfinished).Run();
}

Status ForEachLineage(Store& store, const std::string& account, const std::string& stream,
                      const std::function<Status(const LineagePath&)>& f) {
  JETKEEP_ASSIGN(const RepositoryWalk walk, WalkRepository(store, account, stream));
  if (!walk.unreadable.empty()) return Fail(walk.unreadable.front());
  for (const LineagePath& place : walk.lineages) JETKEEP_TRY(f(place));
  return {};
}

Result<std::unique_ptr<ObjectLock>> LockBackup(Store& store, const LineagePath& place,
                                               const std::string& id, LockKind kind,
                                               const std::string& why) {
  JETKEEP_ASSIGN(LockAttempt attempt, store.TryLock(place.Manifest(id), kind));
  if (attempt.lock) return std::move(attempt.lock);
  if (attempt.absent) {
    return Fail(Errc::kBackupNotFound, "backup " + id + " was deleted meanwhile",
                "List the backups to see which there are.");
  }
  return Fail(Errc::kBackupInUse, "backup " + id + " " + why,
              "Wait for the restore, verify or deletion that uses it, or cancel it.");
}

Result<BackupFiles> ListBackups(Store& store, const LineagePath& place, bool unfinished) {
  BackupFiles result;
  JETKEEP_TRY(
      store.List(place.backups(), {.unfinished = unfinished}, [&](StoreEntry entry) -> Status {
        auto parts = ParseBackupFile(entry.name);
        if (entry.kind == EntryKind::kUnfinished) {
          if (parts) {
            result.unfinished.push_back(std::move(entry));
          } else {
            result.unknown.push_back(place.backups() + "/" + entry.upload);
          }
          return {};
        }
        // What has such a name is meant to be the file; opening it tells.
        const bool directory = entry.kind == EntryKind::kPrefix;
        if (parts && (!directory || parts->kind == BackupFileKind::kManifest)) {
          result.files.push_back(std::move(*parts));
        } else if (!IsLaterKindOfBackupFile(entry.name)) {
          result.unknown.push_back(place.backups() + "/" + entry.name);
        }
        return {};
      }));
  return result;
}

Result<BackupSummary> ReadSummary(Store& store, const LineagePath& place, const std::string& id) {
  const std::string path = place.Manifest(id);
  const auto read = [&]() -> Result<BackupSummary> {
    JETKEEP_ASSIGN(const auto file, OpenThere(store, path));
    JETKEEP_ASSIGN(const std::string head, ReadHead(*file));
    JETKEEP_ASSIGN(BackupSummary summary, ParseManifestSummary(head, file->size()));
    JETKEEP_TRY(
        CheckPlace(store, summary.account, summary.stream, summary.lineage, summary.id, place, id));
    return summary;
  };
  return Named(read(), path);
}

Result<Manifest> ReadManifest(Store& store, const LineagePath& place, const std::string& id) {
  const std::string path = place.Manifest(id);
  const auto read = [&]() -> Result<Manifest> {
    JETKEEP_ASSIGN(const auto file, OpenThere(store, path));
    // Before anything is allocated by the file's length: is it one that a manifest can have, and
    // that the head tells?
    if (file->size() > kMaxManifestBytes)
      return Fail(Errc::kRepositoryCorrupt, "the manifest is too long");
    JETKEEP_ASSIGN(const std::string head, ReadHead(*file));
    JETKEEP_TRY(ParseManifestSummary(head, file->size()));
    JETKEEP_ASSIGN(const std::string bytes, ReadFront(*file, kMaxManifestBytes));
    JETKEEP_ASSIGN(Manifest manifest, DecodeManifest(bytes));
    JETKEEP_TRY(CheckPlace(store, manifest.account, manifest.stream, manifest.lineage, manifest.id,
                           place, id));
    return manifest;
  };
  return Named(read(), path);
}

Result<Verification> ReadVerification(Store& store, const LineagePath& place,
                                      const BackupFileParts& verified) {
  const std::string path = place.Verified(verified.backup_id, verified.time_ns);
  const auto read = [&]() -> Result<Verification> {
    JETKEEP_ASSIGN(const auto file, OpenThere(store, path));
    // One byte more than allowed: the parser refuses it.
    JETKEEP_ASSIGN(const std::string bytes, ReadFront(*file, kMaxHeaderBytes + 1));
    JETKEEP_ASSIGN(const Verification verification, ParseVerification(verified.backup_id, bytes));
    if (verification.time_ns != verified.time_ns) {
      return Fail(Errc::kRepositoryCorrupt,
                  "the verification result has another time than its name");
    }
    return verification;
  };
  return Named(read(), path);
}

Result<LineagePath> FindBackup(Store& store, const std::string& account, const std::string& id,
                               const std::string& stream) {
  JETKEEP_TRY(CheckBackupId(id));
  JETKEEP_ASSIGN(RepositoryWalk walk, WalkRepository(store, account, stream));
  std::vector<const LineagePath*> doubtful;  // it is unknown whose the manifest there is
  std::vector<Error> copies;
  for (const LineagePath& place : walk.lineages) {
    auto exists = store.Exists(place.Manifest(id));
    if (!exists) {
      walk.unreadable.push_back(std::move(exists).error());
      continue;
    }
    if (!*exists) continue;
    auto summary = ReadSummary(store, place, id);
    if (summary) return place;
    if (summary.error().code == Errc::kBackupNotFound) {
      copies.push_back(std::move(summary).error());
    } else {
      doubtful.push_back(&place);
    }
  }
  if (doubtful.size() == 1) return *doubtful.front();
  if (!doubtful.empty()) {
    return Fail(Errc::kRepositoryCorrupt,
                "several files claim to be the manifest of backup " + id +
                    " and none can be read: " + doubtful[0]->Manifest(id) + ", " +
                    doubtful[1]->Manifest(id),
                "Remove the copies, or put a good one back from a replica of the repository.");
  }
  if (!walk.unreadable.empty()) {
    return Fail(Error(walk.unreadable.front())
                    .Within("backup " + id + " is not among those that can be read"));
  }
  return Fail(Errc::kBackupNotFound,
              "there is no backup " + id + (copies.empty() ? "" : "; " + copies.front().message),
              "List the backups to see which there are.");
}

}  // namespace jetkeep
