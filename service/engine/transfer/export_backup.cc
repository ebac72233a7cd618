#include "service/engine/transfer/export_backup.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "protocol/cli_layout/backup_json.h"
#include "protocol/cli_layout/file_names.h"
#include "protocol/js_api/server_version.h"
#include "protocol/js_config/consumer_config.h"
#include "protocol/js_config/stream_config.h"
#include "protocol/s2/writer.h"
#include "service/engine/restore/archive_encoder.h"
#include "service/engine/sets/set_choice.h"
#include "service/engine/transfer/cancellable_records.h"
#include "service/engine/transfer/newest_backup.h"
#include "service/work/scratch_spill.h"

namespace jetkeep {
namespace {

// Servers read v2 archives from the version on that restores into memory.
Result<bool> ChooseV2(const ExportSpec& spec, const Manifest& manifest, bool in_memory) {
  if (spec.format == ExportFormat::kV1) {
    if (in_memory) {
      return Fail(Errc::kRestoreRefused,
                  "stream " + manifest.stream +
                      " is in memory, and servers restore a v1 archive of such a stream without "
                      "its messages",
                  "Export it with --format v2, for servers from 2.15.");
    }
    return false;
  }
  if (spec.format == ExportFormat::kV2 || in_memory) {
    if (!spec.server_version.empty() && !RestoresIntoMemory(spec.server_version)) {
      return Fail(Errc::kRestoreRefused,
                  "stream " + manifest.stream + (in_memory ? " is in memory, and a" : ": a") +
                      " server of version " + spec.server_version + " restores no v2 archive",
                  in_memory
                      ? "Restore it by jetkeep, or give another version with --server-version."
                      : "Export it with --format v1.");
    }
    return true;
  }
  return RestoresIntoMemory(spec.server_version.empty() ? manifest.server.version
                                                        : spec.server_version);
}

ArchiveContents ContentsOf(const Manifest& manifest, bool v2, std::vector<std::string>& warnings) {
  ArchiveContents contents;
  contents.stream_name = manifest.stream;
  contents.config_json = manifest.config_json;
  contents.created = manifest.stream_created;
  contents.state = manifest.state;
  contents.state.num_deleted = manifest.deleted.Count() + manifest.lost.Count();
  for (const ConsumerBackup& consumer : manifest.consumers) {
    if (!v2 && ReadConsumerConfig(consumer.config_json).in_memory) {
      warnings.push_back(
          "consumer " + consumer.name +
          " is in memory and left out: servers keep no such consumer in a v1 archive");
      continue;
    }
    contents.consumers.push_back(consumer);
  }
  contents.state.consumer_count = contents.consumers.size();
  return contents;
}

Result<ExportedBackup> ExportInto(Repository& repository, const std::string& backup_id,
                                  const std::string& folder, StagedFolder& staged,
                                  const ExportSpec& spec, const CancelToken& cancel) {
  JETKEEP_ASSIGN(const Manifest manifest, repository.Load(backup_id, folder));
  JETKEEP_TRY(CheckHasMessages(manifest));
  JETKEEP_ASSIGN(const StreamConfigFacts facts, ReadStreamConfig(manifest.config_json));
  ExportedBackup exported;
  exported.backup = manifest.Summary();
  exported.path = folder;
  JETKEEP_ASSIGN(const bool v2, ChooseV2(spec, manifest, facts.in_memory));
  exported.format = v2 ? ArchiveFormat::kV2Natsarc : ArchiveFormat::kV1Tar;
  if (!manifest.lost.empty()) {
    exported.warnings.push_back(std::to_string(manifest.lost.Count()) +
                                " messages of the stream could not be read when it was backed up");
  }
  const ArchiveContents contents = ContentsOf(manifest, v2, exported.warnings);

  ArchiveForm form = FormFor(spec.server_version, v2);
  // Nothing of this process goes into the archive: the same backup gives the same bytes.
  form.time_ns = contents.state.last_time_ns;
  JETKEEP_ASSIGN(const auto reader, repository.OpenReader(manifest));
  CancellableRecords records(*reader, cancel);
  JETKEEP_ASSIGN(const auto data,
                 staged.Create(folder, std::string(v2 ? kCliV2DataFile : kCliV1DataFile)));
  s2::Writer compressed(*data, s2::Mode::kSnappy);
  ScratchSpill spill(spec.scratch_directory);
  EncodedSoFar so_far;
  JETKEEP_TRY(EncodeArchive(records, form, contents, spill, compressed, so_far));
  JETKEEP_TRY(compressed.Finish());
  JETKEEP_TRY(data->Finish());
  exported.data_bytes = data->size();

  JETKEEP_ASSIGN(const auto json, staged.Create(folder, std::string(kCliBackupFile)));
  JETKEEP_TRY(json->Write(CliBackupText(contents.config_json, CliStateJson(contents.state))));
  JETKEEP_TRY(json->Finish());
  return exported;
}

// What became of one stream of many; an error keeps the others from being written, too.
Result<StreamExport> AsOneOfMany(const std::string& stream, Result<ExportedBackup> exported,
                                 StagedFolder& staged) {
  StreamExport result{stream, {}, {}};
  if (exported) {
    result.exported = *std::move(exported);
    return result;
  }
  const Errc code = exported.error().code;
  if (code == Errc::kCancelled || code == Errc::kStorageFull) {
    return Fail(std::move(exported).error());
  }
  result.error = std::move(exported).error();
  JETKEEP_TRY(staged.Drop(stream));
  return result;
}

// Publishes the folder if there is anything in it.
Result<std::vector<StreamExport>> PublishAll(StagedFolder& staged,
                                             std::vector<StreamExport> exports) {
  const bool any = std::any_of(exports.begin(), exports.end(),
                               [](const StreamExport& one) { return one.exported.has_value(); });
  if (!any) return Fail(*exports.front().error);
  JETKEEP_TRY(staged.Publish());
  return exports;
}

// Streams of two accounts may have one name, and would have one folder.
Status CheckOneAccount(const BackupListing& listing, const std::set<std::string>& streams) {
  std::map<std::string, std::string> account_of;
  for (const BackupSummary& backup : listing.backups) {
    if (!streams.contains(backup.stream)) continue;
    const std::string& account = account_of.emplace(backup.stream, backup.account).first->second;
    if (account == backup.account) continue;
    return Fail(Errc::kUsage,
                "stream " + backup.stream + " has backups of the accounts " + account + " and " +
                    backup.account,
                "Choose one with --account.");
  }
  return {};
}

}  // namespace

Result<ExportedBackup> ExportBackup(Repository& repository, const std::string& backup_id,
                                    const std::string& target, const ExportSpec& spec,
                                    const CancelToken& cancel) {
  JETKEEP_ASSIGN(const auto staged, StagedFolder::Begin(target));
  JETKEEP_ASSIGN(ExportedBackup exported,
                 ExportInto(repository, backup_id, {}, *staged, spec, cancel));
  JETKEEP_TRY(staged->Publish());
  return exported;
}

Result<std::vector<std::string>> StreamsToExport(Repository& repository,
                                                 const std::vector<std::string>& streams) {
  std::set<std::string> names(streams.begin(), streams.end());
  JETKEEP_ASSIGN(const BackupListing listing, repository.List({}));
  if (names.empty()) {
    if (listing.incomplete) {
      return Fail(Errc::kStorageError,
                  "not all of the repository can be read: " +
                      (listing.warnings.empty() ? std::string() : listing.warnings.front()),
                  "Name the streams to export those that can be.");
    }
    for (const BackupSummary& backup : listing.backups) names.insert(backup.stream);
  }
  JETKEEP_TRY(CheckOneAccount(listing, names));
  if (names.empty()) return Fail(Errc::kBackupNotFound, "the repository holds no backup");
  return std::vector<std::string>(names.begin(), names.end());
}

Result<std::vector<StreamExport>> ExportStreams(Repository& repository,
                                                const std::vector<std::string>& streams,
                                                const std::string& target, const ExportSpec& spec,
                                                const CancelToken& cancel) {
  JETKEEP_ASSIGN(const std::vector<std::string> names, StreamsToExport(repository, streams));
  JETKEEP_ASSIGN(const auto staged, StagedFolder::Begin(target));
  std::vector<StreamExport> exports;
  for (const std::string& stream : names) {
    auto exported = WithNewestBackup(repository, stream, [&](const std::string& id) {
      return ExportInto(repository, id, stream, *staged, spec, cancel);
    });
    JETKEEP_ASSIGN(StreamExport one, AsOneOfMany(stream, std::move(exported), *staged));
    exports.push_back(std::move(one));
  }
  return PublishAll(*staged, std::move(exports));
}

Result<std::vector<StreamExport>> ExportSet(Repository& repository, const std::string& set_id,
                                            const std::string& target, const ExportSpec& spec,
                                            const CancelToken& cancel) {
  JETKEEP_ASSIGN(const SetDetails set, ChooseSet(repository, set_id));
  JETKEEP_ASSIGN(const auto staged, StagedFolder::Begin(target));
  std::vector<StreamExport> exports;
  for (const SetMember& member : set.members) {
    const auto exported = [&]() -> Result<ExportedBackup> {
      if (member.error) return Fail(*member.error);
      if (member.backup.empty()) {
        return Fail(Errc::kBackupNotFound,
                    "set " + set.summary.id + " holds no backup of stream " + member.stream);
      }
      return ExportInto(repository, member.backup, member.stream, *staged, spec, cancel);
    };
    JETKEEP_ASSIGN(StreamExport one, AsOneOfMany(member.stream, exported(), *staged));
    exports.push_back(std::move(one));
  }
  if (exports.empty()) return Fail(Errc::kBackupNotFound, "set " + set_id + " has no streams");
  return PublishAll(*staged, std::move(exports));
}

}  // namespace jetkeep
