#include "service/repository/listing.h"

#include <functional>
#include <map>
#include <utility>

#include "protocol/repository/backup_order.h"
#include "service/repository/catalog.h"
#include "service/repository/verifications.h"

namespace jetkeep {
namespace {

struct Lineage {
  LineagePath place;
  std::string id;
  Result<BackupFiles> files;
  std::map<std::string, BackupFiles, std::less<>> results;  // of verifications
};

// What was read of one manifest.
struct Entry {
  const Lineage* lineage;
  std::string id;
  std::optional<BackupSummary> summary;
  std::optional<Error> unreadable;
  std::vector<Error> unreadable_results;
};

std::string LastPart(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::vector<Lineage> ReadLineages(Store& store, BlockWorkers& workers,
                                  const std::vector<LineagePath>& places) {
  std::vector<Lineage> lineages;
  lineages.reserve(places.size());
  for (const LineagePath& place : places) {
    lineages.push_back({place, LastPart(place.directory()), {}, {}});
  }
  workers.ForEach(lineages.size(), [&](std::size_t i) {
    lineages[i].files = ListBackups(store, lineages[i].place);
    if (lineages[i].files) lineages[i].results = ResultsById(*lineages[i].files);
  });
  return lineages;
}

void Read(Store& store, Entry& entry) {
  const LineagePath& place = entry.lineage->place;
  auto summary = ReadSummary(store, place, entry.id);
  if (!summary) {
    // Deleted since the listing: no news.
    const auto exists = store.Exists(place.Manifest(entry.id));
    if (!exists || *exists) entry.unreadable = std::move(summary).error();
    return;
  }
  const auto results = entry.lineage->results.find(entry.id);
  Verifications verifications;
  if (results != entry.lineage->results.end()) {
    verifications = ReadVerifications(store, place, entry.id, results->second);
  }
  summary->verified = verifications.counts;
  entry.unreadable_results = std::move(verifications.unreadable);
  entry.summary = *std::move(summary);
}

void Add(Entry& entry, FoundBackups& found) {
  if (entry.unreadable && entry.unreadable->code == Errc::kBackupNotFound) {
    found.copies.push_back(*std::move(entry.unreadable));
  } else if (entry.unreadable) {
    found.unreadable.push_back({entry.id, *std::move(entry.unreadable), entry.lineage->id});
  }
  for (Error& error : entry.unreadable_results) {
    found.unknown_verification.push_back({entry.id, std::move(error), entry.lineage->id});
  }
  if (entry.summary) found.backups.push_back(*std::move(entry.summary));
}

// What may hide backups, or hides one: that of which nobody knows what it holds. A damaged manifest
// is known to be one.
std::vector<Error> Unread(const FoundBackups& found) {
  std::vector<Error> unread = found.unreadable_places;
  for (const auto* unreadable : {&found.unreadable_lineages, &found.unreadable}) {
    for (const UnreadableBackup& backup : *unreadable) {
      if (backup.why.code != Errc::kRepositoryCorrupt) unread.push_back(backup.why);
    }
  }
  return unread;
}

}  // namespace

Result<FoundBackups> FindBackups(Store& store, BlockWorkers& workers, const std::string& account,
                                 const std::string& stream) {
  JETKEEP_ASSIGN(RepositoryWalk walk, WalkRepository(store, account, stream));
  const std::vector<Lineage> lineages = ReadLineages(store, workers, walk.lineages);
  FoundBackups found;
  found.unreadable_places = std::move(walk.unreadable);
  std::vector<Entry> entries;
  for (const Lineage& lineage : lineages) {
    if (!lineage.files) {
      found.unreadable_lineages.push_back({lineage.id, lineage.files.error(), lineage.id});
      continue;
    }
    for (const BackupFileParts& file : lineage.files->files) {
      if (file.kind != BackupFileKind::kManifest) continue;
      entries.push_back({&lineage, file.backup_id, {}, {}, {}});
    }
  }
  workers.ForEach(entries.size(), [&](std::size_t i) { Read(store, entries[i]); });
  found.backups.reserve(entries.size());
  for (Entry& entry : entries) Add(entry, found);
  SortNewestFirst(found.backups);
  return found;
}

Status VisitBackups(Store& store, const std::string& account, const BackupVisitor& visitor,
                    const CancelToken& cancel) {
  JETKEEP_ASSIGN(const RepositoryWalk walk, WalkRepository(store, account, {}));
  for (const Error& error : walk.unreadable) visitor.unreadable(error);
  for (const LineagePath& place : walk.lineages) {
    JETKEEP_TRY(cancel.Check());
    Lineage lineage{place, LastPart(place.directory()), ListBackups(store, place), {}};
    if (!lineage.files) {
      visitor.unreadable(lineage.files.error());
      continue;
    }
    lineage.results = ResultsById(*lineage.files);
    for (const BackupFileParts& file : lineage.files->files) {
      if (file.kind != BackupFileKind::kManifest) continue;
      JETKEEP_TRY(cancel.Check());
      Entry entry{&lineage, file.backup_id, {}, {}, {}};
      Read(store, entry);
      // A copy is no backup where it lies.
      if (entry.unreadable && entry.unreadable->code != Errc::kBackupNotFound) {
        visitor.unreadable(*entry.unreadable);
      }
      for (const Error& error : entry.unreadable_results) visitor.unreadable(error);
      if (entry.summary) visitor.backup(*entry.summary, !entry.unreadable_results.empty());
    }
  }
  return {};
}

Result<BackupListing> ReadListing(Store& store, BlockWorkers& workers, const std::string& account,
                                  const std::string& stream) {
  JETKEEP_ASSIGN(FoundBackups found, FindBackups(store, workers, account, stream));
  const std::vector<Error> unread = Unread(found);
  if (!stream.empty() && found.backups.empty() && !unread.empty()) return Fail(unread.front());
  BackupListing listing;
  listing.incomplete = !unread.empty();
  for (const auto* errors : {&found.unreadable_places, &found.copies}) {
    for (const Error& error : *errors) listing.warnings.push_back(error.message);
  }
  for (const auto* unreadable :
       {&found.unreadable_lineages, &found.unreadable, &found.unknown_verification}) {
    for (const UnreadableBackup& backup : *unreadable) {
      listing.warnings.push_back(backup.why.message);
    }
  }
  for (std::string& line : ClockDisagreements(found.backups)) {
    listing.warnings.push_back(std::move(line));
  }
  listing.backups = std::move(found.backups);
  return listing;
}

}  // namespace jetkeep
