#include "service/repository/verifications.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "protocol/repository/repository_header.h"
#include "protocol/repository/verification_order.h"
#include "service/store/objects.h"

namespace jetkeep {
namespace {

constexpr int kLooks = 10;
constexpr int kTriesToWrite = 3;

bool IsResultOf(const BackupFileParts& file, const std::string& id) {
  return file.kind == BackupFileKind::kVerified && file.backup_id == id;
}

std::int64_t NewestTime(const BackupFiles& listed, const std::string& id) {
  std::int64_t newest = 0;
  for (const BackupFileParts& file : listed.files) {
    if (IsResultOf(file, id)) newest = std::max(newest, file.time_ns);
  }
  return newest;
}

std::int64_t NextTime(std::int64_t time_ns) {
  return time_ns == std::numeric_limits<std::int64_t>::max() ? time_ns : time_ns + 1;
}

struct Read {
  std::vector<std::pair<BackupFileParts, Verification>> results;
  std::vector<std::pair<BackupFileParts, Error>> unreadable;
  bool gone = false;  // one was removed since the listing
};

Read ReadAll(Store& store, const LineagePath& place, const std::string& id,
             const BackupFiles& listed) {
  Read read;
  for (const BackupFileParts& file : listed.files) {
    if (!IsResultOf(file, id)) continue;
    auto result = ReadVerification(store, place, file);
    if (result) {
      read.results.emplace_back(file, *result);
      continue;
    }
    const auto exists = store.Exists(place.Verified(id, file.time_ns));
    if (exists && !*exists) {
      read.gone = true;
    } else {
      read.unreadable.emplace_back(file, std::move(result).error());
    }
  }
  return read;
}

Verifications Judge(const Read& read) {
  Verifications judged;
  std::vector<Verification> results;
  for (const auto& [file, result] : read.results) results.push_back(result);
  judged.counts = VerificationThatCounts(results);
  for (const auto& [file, result] : read.results) {
    const auto overrules = [&seen = result](const Verification& other) {
      return Overrules(other, seen);
    };
    if (std::any_of(results.begin(), results.end(), overrules)) {
      judged.overruled.push_back(file);
    }
  }
  for (const auto& [file, error] : read.unreadable) {
    const auto overrules = [time_ns = file.time_ns](const Verification& other) {
      return OverrulesUnreadable(other, time_ns);
    };
    if (std::any_of(results.begin(), results.end(), overrules)) {
      judged.overruled.push_back(file);
    } else {
      judged.unreadable.push_back(error);
    }
  }
  return judged;
}

}  // namespace

std::map<std::string, BackupFiles, std::less<>> ResultsById(const BackupFiles& listed) {
  std::map<std::string, BackupFiles, std::less<>> results;
  for (const BackupFileParts& file : listed.files) {
    if (file.kind == BackupFileKind::kVerified) results[file.backup_id].files.push_back(file);
  }
  return results;
}

Verifications ReadVerifications(Store& store, const LineagePath& place, const std::string& id,
                                const BackupFiles& listed) {
  BackupFiles current = listed;
  for (int look = 1;; ++look) {
    const Read read = ReadAll(store, place, id, current);
    Verifications judged = Judge(read);
    judged.newest_ns = NewestTime(current, id);
    // A result is removed only when another one overrules it: that one is there now.
    if (!read.gone || look == kLooks) return judged;
    Result<BackupFiles> again = ListBackups(store, place);
    if (!again) {
      judged.unreadable.push_back(std::move(again).error());
      return judged;
    }
    current = *std::move(again);
  }
}

Status AddVerification(Store& store, const LineagePath& place, const std::string& id,
                       Verification verification) {
  Status written;
  for (int look = 1; look <= kLooks; ++look) {
    JETKEEP_ASSIGN(const BackupFiles before, ListBackups(store, place));
    verification.time_ns = std::max(
        {verification.time_ns, NextTime(NewestTime(before, id)), NextTime(verification.seen_ns)});
    const std::string path = place.Verified(id, verification.time_ns);
    written = PutNew(store, path, EncodeVerification(id, verification));
    if (!written) {
      // Another verify may have taken that very time.
      if (written.error().code == Errc::kObjectExists || look < kTriesToWrite) continue;
      return written;
    }
    // A result without its backup is of no use, and would bring a deleted place back.
    JETKEEP_ASSIGN(const bool there, store.Exists(place.Manifest(id)));
    if (!there) {
      static_cast<void>(store.Remove(path));
      return Fail(Errc::kBackupNotFound, "backup " + id + " was deleted meanwhile",
                  "List the backups to see which there are.");
    }
    JETKEEP_ASSIGN(const BackupFiles now, ListBackups(store, place));
    std::vector<std::string> overruled;
    for (const BackupFileParts& file : ReadVerifications(store, place, id, now).overruled) {
      overruled.push_back(place.Verified(id, file.time_ns));
    }
    return store.RemoveAll(overruled);
  }
  return written;
}

}  // namespace jetkeep
