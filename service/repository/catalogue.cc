#include "service/repository/catalogue.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "protocol/repository/backup_id.h"
#include "protocol/repository/repository_header.h"

namespace jetkeep {
namespace {

constexpr std::uint64_t kMaxManifestBytes = 1024ULL * 1024 * 1024;

// Whether the names inside the manifest lead to where it was found.
template <typename Names>
Status CheckPlace(const Names& names, const LineagePath& place, const std::string& id) {
  const auto own = LineagePath::Make(names.account, names.stream, names.lineage);
  if (own && own->directory() == place.directory() && names.id == id) return {};
  return Fail(Errc::kRepositoryCorrupt,
              "the manifest is that of backup " + names.id + " of another place");
}

Result<std::string> ReadFront(const ReadableFile& file, std::size_t size) {
  std::string bytes(std::min<std::uint64_t>(size, file.size()), '\0');
  JETKEEP_TRY(file.ReadAt(0, bytes.size(), bytes.data()));
  return bytes;
}

template <typename T>
Result<T> Named(Result<T> result, const std::string& path) {
  if (!result) return Fail(std::move(result).error().Within(path));
  return result;
}

}  // namespace

bool BackupFiles::Has(BackupFileKind kind, std::string_view id) const {
  return std::any_of(files.begin(), files.end(), [&](const BackupFileParts& file) {
    return file.kind == kind && !file.temporary && file.backup_id == id;
  });
}

Result<std::vector<DirectoryEntry>> ListIfThere(FileSystem& files, const std::string& path) {
  auto entries = files.List(path, false);
  if (entries) return entries;
  JETKEEP_ASSIGN(const bool exists, files.Exists(path));
  if (exists) return entries;
  return std::vector<DirectoryEntry>();
}

Status ForEachLineage(FileSystem& files, const std::string& account, const std::string& stream,
                      const std::function<Status(const LineagePath&)>& f,
                      const std::function<void(const std::string&)>& stranger) {
  // The names to walk at one level: the one asked for, or what is there.
  const auto parts = [&](const std::string& directory,
                         const std::string& wanted) -> Result<std::vector<std::string>> {
    if (!wanted.empty()) return std::vector<std::string>{EncodeName(wanted)};
    std::vector<std::string> names;
    JETKEEP_ASSIGN(const auto entries, ListIfThere(files, directory));
    for (const DirectoryEntry& entry : entries) {
      const bool header =
          directory.empty() && (entry.name == kRepositoryHeaderPath ||
                                IsTemporaryHeader(entry.name) || ParseRestoreFile(entry.name) ||
                                ParseLeaseFile(entry.name) || entry.name == "lost+found");
      if (header) continue;
      if (entry.is_directory && IsEncodedName(entry.name)) {
        names.push_back(entry.name);
      } else if (stranger) {
        stranger(directory.empty() ? entry.name : directory + "/" + entry.name);
      }
    }
    return names;
  };
  JETKEEP_ASSIGN(const auto accounts, parts("", account));
  for (const std::string& account_part : accounts) {
    JETKEEP_ASSIGN(const auto streams, parts(account_part, stream));
    for (const std::string& stream_part : streams) {
      const std::string directory = account_part + "/" + stream_part;
      JETKEEP_ASSIGN(const auto entries, ListIfThere(files, directory));
      for (const DirectoryEntry& entry : entries) {
        const auto place = LineagePath::FromParts(account_part, stream_part, entry.name);
        if (entry.is_directory && place) {
          JETKEEP_TRY(f(*place));
        } else if (stranger && !ParseRestoredName(entry.name)) {
          stranger(directory + "/" + entry.name);
        }
      }
    }
  }
  return {};
}

Result<BackupFiles> ListBackups(FileSystem& files, const LineagePath& place) {
  BackupFiles result;
  JETKEEP_ASSIGN(const auto entries, ListIfThere(files, place.backups()));
  for (const DirectoryEntry& entry : entries) {
    auto parts = ParseBackupFile(entry.name);
    if (parts && !entry.is_directory) {
      result.files.push_back(std::move(*parts));
    } else {
      result.strangers.push_back(place.backups() + "/" + entry.name);
    }
  }
  return result;
}

Result<BackupSummary> ReadSummary(FileSystem& files, const LineagePath& place,
                                  const std::string& id) {
  const std::string path = place.Manifest(id);
  const auto read = [&]() -> Result<BackupSummary> {
    JETKEEP_ASSIGN(const auto file, files.Open(path));
    JETKEEP_ASSIGN(std::string front, ReadFront(*file, kManifestHeadGuess));
    JETKEEP_ASSIGN(const std::size_t needed, ManifestHeadBytes(front));
    if (needed > front.size()) {
      JETKEEP_ASSIGN(front, ReadFront(*file, needed));
    }
    JETKEEP_ASSIGN(BackupSummary summary, ParseManifestSummary(front, file->size()));
    JETKEEP_TRY(CheckPlace(summary, place, id));
    return summary;
  };
  return Named(read(), path);
}

Result<Manifest> ReadManifest(FileSystem& files, const LineagePath& place, const std::string& id) {
  const std::string path = place.Manifest(id);
  const auto read = [&]() -> Result<Manifest> {
    JETKEEP_ASSIGN(const auto file, files.Open(path));
    if (file->size() > kMaxManifestBytes)
      return Fail(Errc::kRepositoryCorrupt, "the manifest is too long");
    JETKEEP_ASSIGN(const std::string bytes, ReadFront(*file, kMaxManifestBytes));
    JETKEEP_ASSIGN(Manifest manifest, DecodeManifest(bytes));
    JETKEEP_TRY(CheckPlace(manifest, place, id));
    return manifest;
  };
  return Named(read(), path);
}

Result<Verification> ReadVerification(FileSystem& files, const LineagePath& place,
                                      const BackupFileParts& verified) {
  const std::string path = place.Verified(verified.backup_id, verified.time_ns);
  const auto read = [&]() -> Result<Verification> {
    JETKEEP_ASSIGN(const auto file, files.Open(path));
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

Result<LineagePath> FindBackup(FileSystem& files, const std::string& account, const std::string& id,
                               const std::string& stream) {
  JETKEEP_TRY(CheckBackupId(id));
  std::optional<LineagePath> found;
  JETKEEP_TRY(ForEachLineage(files, account, stream, [&](const LineagePath& place) -> Status {
    if (found) return {};
    JETKEEP_ASSIGN(const bool exists, files.Exists(place.Manifest(id)));
    if (exists) found = place;
    return {};
  }));
  if (found) return std::move(*found);
  return Fail(Errc::kBackupNotFound, "there is no backup " + id,
              "List the backups to see which there are.");
}

}  // namespace jetkeep
