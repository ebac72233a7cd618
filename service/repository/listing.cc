#include "service/repository/listing.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "service/repository/catalogue.h"

namespace jetkeep {
namespace {

struct Lineage {
  LineagePath place;
  Result<BackupFiles> files;
};

// One line of the listing, or what to say instead of it.
struct Line {
  const LineagePath* place;
  const BackupFileParts* manifest;
  const BackupFileParts* verified;  // the newest result; null: none
  std::optional<BackupSummary> summary;
  std::string warning;
};

Result<std::vector<Lineage>> FindLineages(FileSystem& files, BlockWorkers& workers,
                                          const std::string& account, const std::string& stream) {
  std::vector<Lineage> lineages;
  JETKEEP_TRY(ForEachLineage(files, account, stream, [&](const LineagePath& place) -> Status {
    lineages.push_back({place, {}});
    return {};
  }));
  workers.ForEach(lineages.size(), [&](std::size_t i) {
    lineages[i].files = ListBackups(files, lineages[i].place);
  });
  return lineages;
}

void AddLines(const LineagePath& place, const BackupFiles& files, std::vector<Line>& lines) {
  std::map<std::string_view, const BackupFileParts*> verified;
  for (const BackupFileParts& file : files.files) {
    if (file.kind != BackupFileKind::kVerified || file.temporary) continue;
    const BackupFileParts*& newest = verified[file.backup_id];
    if (newest == nullptr || newest->time_ns < file.time_ns) newest = &file;
  }
  for (const BackupFileParts& file : files.files) {
    if (file.kind != BackupFileKind::kManifest || file.temporary) continue;
    const auto at = verified.find(file.backup_id);
    lines.push_back({&place, &file, at == verified.end() ? nullptr : at->second, {}, {}});
  }
}

void Read(FileSystem& files, Line& line) {
  auto summary = ReadSummary(files, *line.place, line.manifest->backup_id);
  if (!summary) {
    // Deleted since the listing: no news.
    const auto exists = files.Exists(line.place->Manifest(line.manifest->backup_id));
    if (!exists || *exists) line.warning = std::move(summary).error().message;
    return;
  }
  line.summary = *std::move(summary);
  if (line.verified == nullptr) return;
  auto result = ReadVerification(files, *line.place, *line.verified);
  if (result) {
    line.summary->verified = *std::move(result);
  } else {
    line.warning = std::move(result).error().message;
  }
}

bool Newer(const BackupSummary& a, const BackupSummary& b) {
  return a.completed_ns != b.completed_ns ? a.completed_ns > b.completed_ns : a.id > b.id;
}

}  // namespace

Result<BackupListing> ReadListing(FileSystem& files, BlockWorkers& workers,
                                  const std::string& account, const std::string& stream) {
  JETKEEP_ASSIGN(const auto lineages, FindLineages(files, workers, account, stream));
  std::vector<Line> lines;
  for (const Lineage& lineage : lineages) {
    if (!lineage.files) return Fail(lineage.files.error());
    AddLines(lineage.place, *lineage.files, lines);
  }
  workers.ForEach(lines.size(), [&](std::size_t i) { Read(files, lines[i]); });
  BackupListing listing;
  listing.backups.reserve(lines.size());
  for (Line& line : lines) {
    if (line.summary) listing.backups.push_back(*std::move(line.summary));
    if (!line.warning.empty()) listing.warnings.push_back(std::move(line.warning));
  }
  std::sort(listing.backups.begin(), listing.backups.end(), Newer);
  return listing;
}

}  // namespace jetkeep
