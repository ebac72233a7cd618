#include "service/cli/backup_choice.h"

#include <algorithm>
#include <vector>

#include "protocol/base/join.h"
#include "protocol/base/names.h"
#include "protocol/control/requests.h"
#include "protocol/repository/backup_id.h"
#include "service/cli/render/fields.h"

namespace jetkeep {
namespace {

constexpr std::string_view kLatest = "latest";
constexpr std::size_t kMostNamed = 5;

std::string Named(const std::vector<std::string>& names) { return JoinFirst(names, kMostNamed); }

std::vector<std::string> StreamsOf(const Document& backups) {
  std::vector<std::string> streams;
  for (const Document& backup : backups) {
    std::string stream = TextOf(backup, "stream");
    if (std::find(streams.begin(), streams.end(), stream) == streams.end()) {
      streams.push_back(std::move(stream));
    }
  }
  return streams;
}

// The newest backup that the word means as a stream, or null.
Result<const Document*> NewestOf(const Document& backups, std::string_view word,
                                 BackupWords words) {
  const auto is_of = [&](const Document& backup) {
    return word == kLatest || TextOf(backup, "stream") == word;
  };
  // For its messages, one of configurations alone only where there is no other.
  const Document* newest = nullptr;
  for (const Document& backup : backups) {
    if (!is_of(backup)) continue;
    const bool fits =
        words == BackupWords::kIdsAndConfigs || TextOf(backup, "condition") != "config_only";
    if (newest == nullptr || fits) newest = &backup;
    if (fits) break;
  }
  if (word != kLatest || newest == nullptr || TextOf(*newest, "stream") == word) return newest;
  const std::vector<std::string> streams = StreamsOf(backups);
  if (streams.size() == 1) return newest;
  return Fail(Errc::kUsage,
              "latest may mean the newest backup of several streams: " + Named(streams),
              "Name the stream instead: it means its newest backup.");
}

}  // namespace

bool IsWholeBackupId(std::string_view word) { return CheckBackupId(word).has_value(); }

Status CheckBackupWord(std::string_view word, BackupWords words) {
  Status id = CheckBackupReference(word);
  if (id || words == BackupWords::kIds) return id;
  return CheckStreamName(word) ? Status() : id;
}

std::string OnlyStreamMeant(std::string_view word, BackupWords words) {
  // All ids begin with the year.
  const bool like_id = !word.empty() && word.front() >= '0' && word.front() <= '9';
  if (words == BackupWords::kIds || word == kLatest || like_id || !CheckStreamName(word)) return {};
  return std::string(word);
}

Result<Document> ChooseBackup(const Document& list, std::string_view word, BackupWords words) {
  if (FlagOf(list, "incomplete")) {
    return Fail(Errc::kStorageError,
                "cannot tell which backup " + std::string(word) +
                    " means: a part of the repository cannot be read",
                "Give the whole id. `jetkeep list` shows what cannot be read.");
  }
  const Document& backups = MemberOf(list, "backups");
  std::vector<const Document*> found;
  std::vector<std::string> ids;
  for (const Document& backup : backups) {
    const std::string id = TextOf(backup, "id");
    if (id == word) return backup;
    if (!id.starts_with(word)) continue;
    found.push_back(&backup);
    ids.push_back(id);
  }
  if (words != BackupWords::kIds) {
    JETKEEP_ASSIGN(const Document* newest, NewestOf(backups, word, words));
    if (newest != nullptr && found.empty()) return *newest;
    if (newest != nullptr) {
      return Fail(Errc::kUsage,
                  std::string(word) + " is the name of a stream and also the beginning of id " +
                      ids.front(),
                  "Give more of that id, or the id of the stream's backup.");
    }
  }
  if (found.size() == 1) return *found.front();
  if (found.empty()) {
    const bool streams = words != BackupWords::kIds;
    return Fail(Errc::kBackupNotFound,
                "no backup has an id that begins with " + std::string(word) +
                    (streams ? ", and no stream of this name has a backup" : ""),
                streams ? "Run `jetkeep list` to see all backups."
                        : "Give the id of a backup, or its beginning: names of streams and latest "
                          "are not taken here. Run `jetkeep list` to see the ids.");
  }
  return Fail(Errc::kUsage,
              "the ids of " + std::to_string(ids.size()) + " backups begin with " +
                  std::string(word) + ": " + Named(ids),
              "Give more of the id.");
}

}  // namespace jetkeep
