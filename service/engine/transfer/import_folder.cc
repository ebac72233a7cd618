#include "service/engine/transfer/import_folder.h"

#include <algorithm>
#include <utility>

namespace jetkeep {
namespace {

bool Wanted(const ImportSpec& spec, const std::string& stream) {
  return spec.streams.empty() ||
         std::find(spec.streams.begin(), spec.streams.end(), stream) != spec.streams.end();
}

// A failure whose stream nobody knows may be any of those that are asked for.
bool MayBeWanted(const ImportSpec& spec, const NotImported& failure) {
  return failure.stream.empty() || Wanted(spec, failure.stream);
}

Status CheckAllFound(const ImportSpec& spec, const ImportReport& report) {
  for (const std::string& wanted : spec.streams) {
    const bool there = std::any_of(
        report.streams.begin(), report.streams.end(),
        [&](const StreamImport& item) { return item.stream == wanted || item.stream.empty(); });
    if (there) continue;
    return Fail(Errc::kBackupNotFound, "the folder holds no backup of stream " + wanted,
                "Import without --stream to see what it holds.");
  }
  return {};
}

Status RefuseWarnings(const FoundStreams& found) {
  constexpr char kHint[] = "Import without --strict to pass over it.";
  if (!found.warnings.empty()) {
    return Fail(Errc::kArchiveUnsupported, found.warnings.front(), kHint);
  }
  for (const FoundStream& stream : found.streams) {
    if (stream.warnings.empty()) continue;
    return Fail(Errc::kArchiveUnsupported, stream.where + ": " + stream.warnings.front(), kHint);
  }
  return {};
}

}  // namespace

Result<ImportReport> ImportFolder(const ImportSpec& spec, Repository& repository,
                                  const WallClock& clock, JobObserver& observer,
                                  const CancelToken& cancel) {
  JETKEEP_ASSIGN(const SourceFolder folder, SourceFolder::Open(spec.folder));
  JETKEEP_ASSIGN(FoundStreams found, FindStreams(folder));
  if (spec.strict) JETKEEP_TRY(RefuseWarnings(found));
  ImportReport report;
  report.warnings = std::move(found.warnings);
  for (NotImported& failure : found.failures) {
    if (!MayBeWanted(spec, failure)) continue;
    report.streams.push_back({failure.where, failure.stream, {}, std::move(failure.error)});
  }
  std::vector<const FoundStream*> wanted;
  for (const FoundStream& stream : found.streams) {
    auto name = StreamNameOf(folder, stream);
    if (!name) {
      report.streams.push_back({stream.where, stream.archive_name, {}, std::move(name).error()});
    } else if (Wanted(spec, *name)) {
      report.streams.push_back({stream.where, *name, {}, {}});
      wanted.push_back(&stream);
    }
  }
  JETKEEP_TRY(CheckAllFound(spec, report));

  const ImportContext context{repository, clock, observer, cancel, spec.folder};
  auto next = wanted.begin();
  for (StreamImport& item : report.streams) {
    if (item.error) continue;
    auto imported = ImportStream(folder, **next++, context);
    if (imported) {
      item.imported = *std::move(imported);
    } else {
      item.error = std::move(imported).error();
    }
  }
  return report;
}

}  // namespace jetkeep
