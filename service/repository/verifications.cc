#include "service/repository/verifications.h"

#include <algorithm>
#include <utility>

#include "protocol/repository/repository_header.h"
#include "protocol/repository/verification_order.h"
#include "service/repository/whole_file.h"

namespace jetkeep {
namespace {

constexpr int kLooks = 10;
constexpr int kTriesToWrite = 3;

bool IsResultOf(const BackupFileParts& file, const std::string& id) {
  return file.kind == BackupFileKind::kVerified && !file.temporary && file.backup_id == id;
}

std::int64_t NewestTime(const BackupFiles& listed, const std::string& id) {
  std::int64_t newest = 0;
  for (const BackupFileParts& file : listed.files) {
    if (IsResultOf(file, id)) newest = std::max(newest, file.time_ns);
  }
  return newest;
}

struct Read {
  std::vector<std::pair<BackupFileParts, Verification>> results;
  std::vector<std::pair<BackupFileParts, Error>> unreadable;
  bool gone = false;  // one was removed since the listing
};

Read ReadAll(FileSystem& files, const LineagePath& place, const std::string& id,
             const BackupFiles& listed) {
  Read read;
  for (const BackupFileParts& file : listed.files) {
    if (!IsResultOf(file, id)) continue;
    auto result = ReadVerification(files, place, file);
    if (result) {
      read.results.emplace_back(file, *result);
      continue;
    }
    const auto exists = files.Exists(place.Verified(id, file.time_ns));
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

Verifications ReadVerifications(FileSystem& files, const LineagePath& place, const std::string& id,
                                const BackupFiles& listed) {
  BackupFiles current = listed;
  for (int look = 1;; ++look) {
    const Read read = ReadAll(files, place, id, current);
    Verifications judged = Judge(read);
    judged.newest_ns = NewestTime(current, id);
    // A result is removed only when another one overrules it: that one is there now.
    if (!read.gone || look == kLooks) return judged;
    Result<BackupFiles> again = ListBackups(files, place);
    if (!again) {
      judged.unreadable.push_back(std::move(again).error());
      return judged;
    }
    current = *std::move(again);
  }
}

Status AddVerification(FileSystem& files, const LineagePath& place, const std::string& id,
                       Verification verification) {
  Status written;
  for (int look = 1; look <= kLooks; ++look) {
    JETKEEP_ASSIGN(const BackupFiles before, ListBackups(files, place));
    verification.time_ns =
        std::max({verification.time_ns, NewestTime(before, id) + 1, verification.seen_ns + 1});
    const std::string path = place.Verified(id, verification.time_ns);
    written = WriteWholeFile(files, path + std::string(kTemporarySuffix), path, place.backups(),
                             EncodeVerification(id, verification));
    if (!written) {
      // Another verify may have taken that very time, or a clean-up the temporary file.
      const auto taken = files.Exists(path);
      if ((taken && *taken) || look < kTriesToWrite) continue;
      return written;
    }
    JETKEEP_ASSIGN(const BackupFiles now, ListBackups(files, place));
    for (const BackupFileParts& file : ReadVerifications(files, place, id, now).overruled) {
      JETKEEP_TRY(files.Remove(place.Verified(id, file.time_ns)));
    }
    return {};
  }
  return written;
}

}  // namespace jetkeep
