// Layout: the only module that builds or parses a path inside a repository. FORMAT.md, "Names".
//
//   repository.json
//   restore.<restore id>.pending                                         while it is under way
//   lease.restore-<restore id>.<generation>[.<renewal>|.released]        who may act
//   lease.<set id>.<generation>[.<renewal>|.released]                    while it is being made
//   <account>/<stream>/jk.restored.<id>                                  until a backup follows
//   <account>/<stream>/<lineage>/lease.backup-<backup id>.<generation>[.<renewal>|.released]
//   <account>/<stream>/<lineage>/segments/<backup id>-<number>
//   <account>/<stream>/<lineage>/backups/<backup id>.manifest
//   <account>/<stream>/<lineage>/backups/<backup id>.pending             while it is being made
//   <account>/<stream>/<lineage>/backups/<backup id>.<time>.verified     the newest counts
//
// Parsers accept nothing but what the builders build, so that no path leaves the repository.
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep {

inline constexpr std::string_view kRepositoryHeaderPath = "repository.json";

// Whether the name is that of a kind of file or directory that a later version may keep in the
// root, in an account's, a stream's or a lineage's directory: it begins with `jk.`.
// MustBeUnderstood: what it stands in cannot be used without knowing it.
bool IsLaterKind(std::string_view name);
bool MustBeUnderstood(std::string_view name);
// The same for backups/ and segments/: the id of a backup or the name of a segment in front of it.
bool IsLaterKindOfBackupFile(std::string_view name);
bool IsLaterKindOfSegmentFile(std::string_view name);

// Whether the root holds the name besides the directories of accounts.
bool IsRootFile(std::string_view name);

// A record of a restore under way; its id has the form of a backup id. No account's directory has
// such a name.
std::string RestorePath(std::string_view restore_id);
// The id of the restore.
std::optional<std::string> ParseRestoreFile(std::string_view name);

// A mark that a stream was restored after the backups with lower ids; in the stream's directory.
// Its id has the form of a backup id.
std::string RestoredName(std::string_view id);
std::optional<std::string> ParseRestoredName(std::string_view name);

// A file that says of a lease that it was claimed, renewed (the beat's number), or released. A key
// has 1 to 160 characters of a-z A-Z 0-9 - _ @ % ~.
enum class LeaseFileKind : std::uint8_t { kClaim, kBeat, kReleased };
struct LeaseFileParts {
  LeaseFileKind kind = LeaseFileKind::kClaim;
  std::string key;
  std::uint64_t generation = 0;
  std::uint64_t beat = 0;  // kBeat
};
// The key of the lease that belongs to a restore's record, and the id in it (empty: another key).
std::string RestoreLeaseKey(std::string_view restore_id);
std::string RestoreIdOfLease(std::string_view key);
// The same for a backup that is being made.
std::string BackupLeaseKey(std::string_view backup_id);
std::string BackupIdOfLease(std::string_view key);
std::string LeasePath(const LeaseFileParts& parts);
std::optional<LeaseFileParts> ParseLeaseFile(std::string_view name);

// An account's or stream's name as a part of a path: never empty, at most 200 bytes, of the
// characters a-z 0-9 - _ @ % ~ only, different for different names on case-folding file systems
// too.
std::string EncodeName(std::string_view name);
// Whether EncodeName could have built it.
bool IsEncodedName(std::string_view part);
// The name, unless it was too long for a reversible form (then only the manifests hold it) or
// `part` is nothing that EncodeName builds.
std::optional<std::string> DecodeName(std::string_view part);

// Where one life of a stream is kept. A lineage is named by the id of its first backup.
class LineagePath {
 public:
  // kInvalidName unless lineage is a backup id and account and stream have 1..1024 bytes.
  static Result<LineagePath> Make(std::string_view account, std::string_view stream,
                                  std::string_view lineage);
  // From parts as they are on disk.
  static Result<LineagePath> FromParts(std::string_view account_part, std::string_view stream_part,
                                       std::string_view lineage);

  const std::string& directory() const { return directory_; }
  const std::string& stream_directory() const { return stream_directory_; }
  std::string segments() const { return directory_ + "/segments"; }
  std::string backups() const { return directory_ + "/backups"; }
  std::string Segment(std::string_view segment) const;
  std::string Manifest(std::string_view backup_id) const;
  std::string Pending(std::string_view backup_id) const;
  std::string Verified(std::string_view backup_id, std::int64_t time_ns) const;

 private:
  std::string stream_directory_;
  std::string directory_;
};

inline constexpr std::uint32_t kMaxSegmentNumber = 999'999;

// number: 1..kMaxSegmentNumber.
std::string SegmentName(std::string_view backup_id, std::uint32_t number);
struct SegmentNameParts {
  std::string backup_id;
  std::uint32_t number = 0;
};
// A file name in segments/.
std::optional<SegmentNameParts> ParseSegmentName(std::string_view name);

enum class BackupFileKind : std::uint8_t { kManifest, kPending, kVerified };
struct BackupFileParts {
  BackupFileKind kind = BackupFileKind::kManifest;
  std::string backup_id;
  std::int64_t time_ns = 0;  // kVerified
};
// A file name in backups/.
std::optional<BackupFileParts> ParseBackupFile(std::string_view name);

}  // namespace jetkeep
