#include "service/repository/last_backup.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "jetkeep/backup.h"
#include "service/repository/catalog.h"
#include "service/repository/verifications.h"

namespace jetkeep {
namespace {

enum class Worth : std::uint8_t {
  kNothing,  // the manifest is damaged
  kConfig,   // configurations without messages
  kDamaged,  // marked damaged, or failed its verification: a restore by its id may still succeed
  kGood,
};

// What can be read leaves room for doubt.
struct WorthBounds {
  Worth at_least = Worth::kNothing;
  Worth at_most = Worth::kNothing;
  std::optional<Error> doubt;
};

Worth WorthBy(const Manifest& manifest, bool verification_failed) {
  if (manifest.condition == BackupCondition::kConfigOnly) return Worth::kConfig;
  return manifest.condition == BackupCondition::kComplete && !verification_failed ? Worth::kGood
                                                                                  : Worth::kDamaged;
}

struct Judged {
  WorthBounds worth;
  std::optional<Manifest> manifest;
};

Judged Judge(Store& store, const LineagePath& place, const std::string& id) {
  Result<Manifest> manifest = ReadManifest(store, place, id);
  if (!manifest) {
    const Errc code = manifest.error().code;
    const bool known = code == Errc::kRepositoryCorrupt || code == Errc::kBackupNotFound;
    if (known) return {};
    return {{Worth::kNothing, Worth::kGood, std::move(manifest).error()}, std::nullopt};
  }
  const Result<BackupFiles> listed = ListBackups(store, place);
  if (!listed) {
    return {{WorthBy(*manifest, true), WorthBy(*manifest, false), listed.error()},
            *std::move(manifest)};
  }
  const Verifications verifications = ReadVerifications(store, place, id, *listed);
  const bool failed = verifications.counts && !verifications.counts->ok;
  Judged judged;
  judged.worth = {WorthBy(*manifest, failed), WorthBy(*manifest, failed), std::nullopt};
  if (!verifications.unreadable.empty()) {
    judged.worth = {WorthBy(*manifest, true), WorthBy(*manifest, false),
                    verifications.unreadable.front()};
  }
  judged.manifest = *std::move(manifest);
  return judged;
}

struct Candidate {
  std::string id;
  LineagePath place;
};

// All other backups of the stream, newest first.
Result<std::vector<Candidate>> Others(Store& store, const Manifest& manifest,
                                      std::optional<Error>& doubt) {
  JETKEEP_ASSIGN(RepositoryWalk walk, WalkRepository(store, manifest.account, manifest.stream));
  if (!walk.unreadable.empty()) doubt = std::move(walk.unreadable.front());
  std::vector<Candidate> others;
  for (const LineagePath& place : walk.lineages) {
    const Result<BackupFiles> listed = ListBackups(store, place);
    if (!listed) {
      doubt = listed.error();
      continue;
    }
    for (const BackupFileParts& file : listed->files) {
      if (file.kind != BackupFileKind::kManifest) continue;
      if (file.backup_id != manifest.id) others.push_back({file.backup_id, place});
    }
  }
  std::sort(others.begin(), others.end(),
            [](const Candidate& a, const Candidate& b) { return a.id > b.id; });
  return others;
}

Error LastOne(const Manifest& manifest, Worth worth, const std::optional<Error>& doubt) {
  std::string text = "backup " + manifest.id + " is the last ";
  text += worth == Worth::kGood ? "good backup" : "backup";
  text += " of stream " + manifest.stream;
  if (worth != Worth::kGood) text += " that holds anything";
  if (doubt) text += ", as far as can be read: " + doubt->message;
  return {Errc::kLastBackup, std::move(text),
          "Set \"last\": true (--last on the command line) to delete it all the same."};
}

}  // namespace

Result<std::unique_ptr<ObjectLock>> LockAnother(Store& store, const LineagePath& place,
                                                const std::string& backup_id) {
  const Judged own = Judge(store, place, backup_id);
  const Worth worth = own.worth.at_most;
  if (worth == Worth::kNothing) return nullptr;
  if (!own.manifest) {
    Error error = *own.worth.doubt;
    return Fail(std::move(error).Within("cannot tell whether backup " + backup_id +
                                        " is the last good one of its stream"));
  }
  std::optional<Error> doubt;
  std::optional<Error> busy;
  JETKEEP_ASSIGN(const std::vector<Candidate> others, Others(store, *own.manifest, doubt));
  for (const Candidate& other : others) {
    auto lock = LockBackup(store, other.place, other.id, LockKind::kShared, "is being deleted");
    if (!lock) {
      const Errc code = lock.error().code;
      if (code == Errc::kBackupInUse) busy = lock.error();
      if (code != Errc::kBackupInUse && code != Errc::kBackupNotFound) doubt = lock.error();
      continue;
    }
    const WorthBounds found = Judge(store, other.place, other.id).worth;
    if (found.at_least >= worth) return lock;
    if (found.at_most >= worth && found.doubt) doubt = found.doubt;
  }
  if (busy) {
    busy->message += ", and backup " + backup_id + " would be the last good one of stream " +
                     own.manifest->stream;
    busy->hint = "Wait for that deletion to end, then ask again.";
    return Fail(*std::move(busy));
  }
  return Fail(LastOne(*own.manifest, worth, doubt));
}

}  // namespace jetkeep
