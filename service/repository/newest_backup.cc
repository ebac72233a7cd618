#include "service/repository/newest_backup.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <set>

#include "protocol/repository/backup_id.h"
#include "protocol/repository/backup_order.h"
#include "protocol/repository/layout.h"
#include "service/repository/catalog.h"

namespace jetkeep {
namespace {

constexpr std::size_t kMostRemembered = 100'000;
// What a lineage takes besides: a summary and its path, in ids of 16 bytes.
constexpr std::size_t kLineageCost = 48;

std::string LastPart(const std::string& path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

struct NewestBackups::Look {
  LineagePath place;
  std::vector<std::string> ids;  // by names, the greatest last
  std::optional<BackupSummary> newest;
  std::string greatest;  // of those that can be read
  std::set<std::string> copies;
  std::vector<UnreadableBackup> unreadable;

  // No other lineage is newer if its ids are lower.
  std::string GreatestName() const { return ids.empty() ? std::string() : ids.back(); }
};

NewestBackups::PackedId NewestBackups::Pack(const std::string& id) {
  // 20261121T012410Z-7k2m9qdx: the digits, and the random characters as they are.
  std::uint64_t digits = 0;
  for (const char c : id.substr(0, 15)) {
    if (c != 'T') digits = digits * 10 + static_cast<std::uint64_t>(c - '0');
  }
  std::uint64_t tail = 0;
  std::memcpy(&tail, id.data() + 17, sizeof tail);
  return {digits, tail};
}

void NewestBackups::Remember(const std::string& directory, Known known) {
  const MutexLock lock(mutex_);
  const std::size_t cost = known.read.size() + kLineageCost;
  if (remembered_ + cost > kMostRemembered) {
    known_.clear();
    remembered_ = 0;
  }
  const auto [at, is_new] = known_.try_emplace(directory);
  if (!is_new) remembered_ -= at->second.read.size() + kLineageCost;
  remembered_ += cost;
  at->second = std::move(known);
}

void NewestBackups::LookInto(Store& store, BlockWorkers& workers, Look& look) {
  const std::string& directory = look.place.directory();
  Known known;
  {
    const MutexLock lock(mutex_);
    const auto at = known_.find(directory);
    // Once the newest is gone, nobody knows which of the others is it.
    if (at != known_.end() &&
        std::binary_search(look.ids.begin(), look.ids.end(), at->second.newest.id)) {
      known = at->second;
    }
  }
  std::vector<PackedId> read;
  std::vector<std::string> unknown;
  for (const std::string& id : look.ids) {
    if (std::binary_search(known.read.begin(), known.read.end(), Pack(id))) {
      read.push_back(Pack(id));
      look.greatest = id;
    } else {
      unknown.push_back(id);
    }
  }
  std::vector<Result<BackupSummary>> summaries(unknown.size());
  workers.ForEach(unknown.size(), [&](std::size_t i) {
    summaries[i] = ReadSummary(store, look.place, unknown[i]);
  });
  std::vector<BackupSummary> candidates;
  if (!known.read.empty()) candidates.push_back(std::move(known.newest));
  for (std::size_t i = 0; i < unknown.size(); ++i) {
    const std::string& id = unknown[i];
    if (summaries[i]) {
      read.push_back(Pack(id));
      look.greatest = std::max(look.greatest, id);
      candidates.push_back(*std::move(summaries[i]));
      continue;
    }
    const auto exists = store.Exists(look.place.Manifest(id));
    if (exists && !*exists) continue;  // deleted since the listing
    if (summaries[i].error().code == Errc::kBackupNotFound) {
      look.copies.insert(id);
    } else {
      look.unreadable.push_back({id, summaries[i].error(), LastPart(directory)});
    }
  }
  if (candidates.empty()) return;
  SortNewestFirst(candidates);
  look.newest = candidates.front();
  std::sort(read.begin(), read.end());
  Remember(directory, {std::move(read), std::move(candidates.front())});
}

Result<NewestBackup> NewestBackups::Find(Store& store, BlockWorkers& workers,
                                         const std::string& account, const std::string& stream) {
  JETKEEP_ASSIGN(const RepositoryWalk walk, WalkRepository(store, account, stream));
  NewestBackup found;
  std::vector<Look> looks;
  for (const LineagePath& place : walk.lineages) {
    const auto files = ListBackups(store, place);
    if (!files) {
      const std::string id = LastPart(place.directory());
      found.unreadable_lineages.push_back({id, files.error(), id});
      continue;
    }
    Look look{place, {}, {}, {}, {}, {}};
    for (const BackupFileParts& file : files->files) {
      if (file.kind == BackupFileKind::kManifest) look.ids.push_back(file.backup_id);
    }
    std::sort(look.ids.begin(), look.ids.end());
    looks.push_back(std::move(look));
  }
  // The lineage with the greatest id is the newest; the names of unreadable manifests and of copies
  // do not count.
  std::sort(looks.begin(), looks.end(),
            [](const Look& a, const Look& b) { return a.GreatestName() > b.GreatestName(); });
  std::string greatest;
  for (Look& look : looks) {
    if (!look.ids.empty() && look.GreatestName() > greatest) LookInto(store, workers, look);
    // Configurations alone have lineages of their own, and prove nothing of a stream's messages.
    const bool messages = look.newest && look.newest->condition != BackupCondition::kConfigOnly;
    if (messages && look.greatest > greatest) {
      greatest = look.greatest;
      found.newest = look.newest;
    }
    for (const std::string& id : look.ids) {
      if (!look.copies.contains(id)) found.ids.push_back(id);
    }
    std::move(look.unreadable.begin(), look.unreadable.end(), std::back_inserter(found.unreadable));
  }
  return found;
}

}  // namespace jetkeep
