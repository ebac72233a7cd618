#include "service/engine/transfer/find_streams.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "protocol/base/names.h"
#include "protocol/cli_layout/file_names.h"
#include "protocol/cli_layout/legacy_json.h"
#include "protocol/js_config/consumer_config.h"
#include "protocol/js_config/stream_config.h"
#include "protocol/json/raw_json.h"
#include "service/engine/transfer/staged_folder.h"

namespace jetkeep {
namespace {

// Of Stash's list of streams.
constexpr std::uint64_t kMaxListBytes = std::uint64_t{1} << 20;
// Of configurations and states that are kept: of some ten thousand streams.
constexpr std::uint64_t kMaxKeptBytes = std::uint64_t{32} << 20;
constexpr char kLegacyPrefix[] = "stream_";

Result<std::string> NameIn(std::string_view config_json) {
  JETKEEP_ASSIGN(const StreamConfigFacts facts,
                 FaultAs(ReadStreamConfig(config_json), Errc::kArchiveCorrupt, "configuration"));
  if (Status good = CheckStreamName(facts.name); !good) {
    return Fail(Errc::kArchiveCorrupt, std::move(good).error().message);
  }
  return facts.name;
}

class Finder {
 public:
  explicit Finder(const SourceFolder& folder) : folder_(folder) {}

  Result<FoundStreams> Run();

 private:
  void OnStreamFolder(const SourceFolder& folder, const std::string& name,
                      const std::vector<SourceEntry>& entries);
  Result<FoundStream> ReadStreamFolder(const SourceFolder& folder, const std::string& name,
                                       const std::vector<SourceEntry>& entries);
  void OnSubfolder(const std::string& name);
  void OnFile(const std::string& name);
  Status OnLegacyConfig(const std::string& name);
  void OnLegacyData(const std::string& name);
  Status OnStashList();
  void JoinLegacy();
  void RefuseDoubles();
  // Of what was read of one more stream or consumer.
  Status Keep(std::uint64_t bytes);
  void Refuse(std::string where, std::string stream, Error error) {
    found_.failures.push_back({std::move(where), std::move(stream), std::move(error)});
  }

  const SourceFolder& folder_;
  FoundStreams found_;
  std::map<std::string, FoundStream> legacy_;                             // by stream
  std::vector<std::pair<std::string, ConsumerBackup>> legacy_consumers_;  // of which stream
  std::vector<std::string> legacy_data_;
  std::optional<std::set<std::string>> listed_;
  std::uint64_t kept_bytes_ = 0;
};

Status Finder::Keep(std::uint64_t bytes) {
  if (bytes > kMaxKeptBytes - kept_bytes_) {
    return Fail(Errc::kArchiveUnsupported,
                "the configurations in the folder are longer than can be imported at once",
                "Import this stream by its own folder.");
  }
  kept_bytes_ += bytes;
  return {};
}

Result<FoundStreams> Finder::Run() {
  JETKEEP_ASSIGN(const std::vector<SourceEntry> entries, folder_.List());
  const bool is_stream = std::any_of(entries.begin(), entries.end(), [](const SourceEntry& entry) {
    const CliFile kind = KindOfCliFile(entry.name);
    return kind == CliFile::kBackup || kind == CliFile::kData;
  });
  if (is_stream) {
    OnStreamFolder(folder_, {}, entries);
    return std::move(found_);
  }
  for (const SourceEntry& entry : entries) {
    if (entry.name == "repository.json") {
      return Fail(Errc::kBackupNotFound,
                  "the folder is a repository of jetkeep, not a backup of "
                  "the nats command line",
                  "Read it with --repository, for example `jetkeep list --repository DIR`.");
    }
  }
  for (const SourceEntry& entry : entries) {
    if (entry.kind == SourceEntryKind::kFolder) {
      OnSubfolder(entry.name);
    } else if (entry.kind == SourceEntryKind::kFile) {
      OnFile(entry.name);
    } else {
      found_.warnings.push_back(entry.name +
                                " is neither a file nor a folder, and was passed over");
    }
  }
  JoinLegacy();
  RefuseDoubles();
  if (listed_) {
    std::set<std::string> there;
    for (const FoundStream& stream : found_.streams) there.insert(stream.stream);
    for (const NotImported& failure : found_.failures) there.insert(failure.stream);
    for (const std::string& name : *listed_) {
      if (there.contains(name)) continue;
      Refuse(
          name, name,
          {Errc::kBackupNotFound,
           std::string(kStashListFile) + " lists stream " + name + ", of which there is no backup",
           {},
           0});
    }
  }
  if (found_.streams.empty() && found_.failures.empty()) {
    if (!found_.warnings.empty()) return std::move(found_);
    return Fail(Errc::kBackupNotFound, "the folder holds no backup",
                "Name a directory with a backup.json, or one above such directories.");
  }
  return std::move(found_);
}

void Finder::OnStreamFolder(const SourceFolder& folder, const std::string& name,
                            const std::vector<SourceEntry>& entries) {
  auto stream = ReadStreamFolder(folder, name, entries);
  if (stream) {
    found_.streams.push_back(*std::move(stream));
  } else {
    Refuse(name.empty() ? "." : name, {}, std::move(stream).error());
  }
}

Result<FoundStream> Finder::ReadStreamFolder(const SourceFolder& folder, const std::string& name,
                                             const std::vector<SourceEntry>& entries) {
  FoundStream stream;
  stream.where = name.empty() ? "." : name;
  stream.layout = "directory";
  stream.folder = name;
  bool has_backup = false;
  for (const SourceEntry& entry : entries) {
    const CliFile kind = KindOfCliFile(entry.name);
    if (kind != CliFile::kBackup && kind != CliFile::kData) {
      stream.warnings.push_back("file " + entry.name + " is no part of a backup");
      continue;
    }
    if (entry.kind != SourceEntryKind::kFile) {
      return Fail(Errc::kArchiveCorrupt, entry.name + " is no regular file",
                  "Put the file itself there; symbolic links are not followed.");
    }
    if (kind == CliFile::kBackup) {
      has_backup = true;
    } else if (stream.data.empty()) {
      stream.data = entry.name;
    } else {
      return Fail(Errc::kArchiveCorrupt,
                  "both " + stream.data + " and " + entry.name + " are there",
                  "Keep the one that belongs to backup.json: the nats command line refuses both, "
                  "too.");
    }
  }
  if (!has_backup) {
    return Fail(Errc::kSnapshotIncomplete, "backup.json is missing: the backup did not end");
  }
  JETKEEP_ASSIGN(const std::string text,
                 folder.ReadWhole(std::string(kCliBackupFile), kMaxCliJsonBytes));
  if (text.empty()) {
    return Fail(Errc::kSnapshotIncomplete,
                "backup.json is empty: the backup was ended before it was done");
  }
  auto backup = ParseCliBackup(text);
  if (!backup) return Fail(std::move(backup).error().Within("backup.json"));
  stream.backup = *std::move(backup);
  JETKEEP_TRY(Keep(stream.backup.config_json.size() + stream.backup.state_json.size() +
                   stream.backup.edit_json.size() + stream.backup.source_json.size()));
  stream.backup_digest = Blake2b(text);
  stream.has_state = true;
  auto named = NameIn(stream.backup.config_json);
  if (!named) return Fail(std::move(named).error().Within("backup.json"));
  stream.stream = *std::move(named);
  if (stream.data.empty()) {
    return Fail(Errc::kSnapshotIncomplete, "stream " + stream.stream + ": there is no " +
                                               std::string(kCliV1DataFile) + " and no " +
                                               std::string(kCliV2DataFile));
  }
  if (!name.empty() && name != stream.stream) {
    stream.warnings.push_back("the folder is named " + name + ", the stream " + stream.stream);
  }
  return stream;
}

void Finder::OnSubfolder(const std::string& name) {
  if (IsStagedName(name)) {
    found_.warnings.push_back(
        "folder " + name + " is what an export of jetkeep has not finished, and was passed over");
    return;
  }
  const auto folder = folder_.OpenFolder(name);
  if (!folder) return Refuse(name, {}, folder.error());
  const auto entries = folder->List();
  if (!entries) return Refuse(name, {}, entries.error());
  if (entries->empty()) {
    // What the command line leaves of a stream in memory that the server would not back up.
    found_.warnings.push_back("folder " + name + " is empty: stream " + name +
                              " was not backed up (in memory, on a server before 2.15?)");
    return;
  }
  const bool is_backup =
      std::any_of(entries->begin(), entries->end(), [](const SourceEntry& entry) {
        const CliFile kind = KindOfCliFile(entry.name);
        return kind == CliFile::kBackup || kind == CliFile::kData;
      });
  if (!is_backup) {
    found_.warnings.push_back("folder " + name + " holds no backup, and was passed over");
    return;
  }
  OnStreamFolder(*folder, name, *entries);
}

void Finder::OnFile(const std::string& name) {
  switch (KindOfCliFile(name)) {
    case CliFile::kLegacyStream:
    case CliFile::kLegacyConsumer:
      if (Status read = OnLegacyConfig(name); !read) Refuse(name, {}, std::move(read).error());
      return;
    case CliFile::kLegacyData:
      legacy_data_.push_back(name);
      return;
    case CliFile::kStashList:
      if (Status read = OnStashList(); !read) Refuse(name, {}, std::move(read).error());
      return;
    default:
      found_.warnings.push_back("file " + name + " is no part of a backup, and was passed over");
  }
}

Status Finder::OnLegacyConfig(const std::string& name) {
  JETKEEP_ASSIGN(const std::string text, folder_.ReadWhole(name, kMaxCliJsonBytes));
  JETKEEP_ASSIGN(LegacyConfig config, ParseLegacyConfig(text));
  if (config.type == LegacyConfig::Type::kStreamTemplate) {
    found_.warnings.push_back(name + " is of a stream template, which servers no longer have");
    return {};
  }
  if (config.type == LegacyConfig::Type::kConsumer) {
    if (!CheckConsumerName(config.consumer)) {
      return Fail(Errc::kArchiveCorrupt, "it names a consumer as no consumer can be named");
    }
    if (!ReadConsumerConfig(config.config_json).durable) {
      found_.warnings.push_back(name + ": consumer " + config.consumer +
                                " is ephemeral, and was passed over");
      return {};
    }
    JETKEEP_TRY(Keep(config.config_json.size()));
    ConsumerBackup consumer;
    consumer.name = config.consumer;
    consumer.config_json = std::move(config.config_json);
    consumer.origin = ConsumerOrigin::kServer;
    legacy_consumers_.emplace_back(config.stream, std::move(consumer));
    return {};
  }
  JETKEEP_TRY(Keep(config.config_json.size()));
  FoundStream stream;
  stream.where = name;
  stream.layout = "2022";
  JETKEEP_ASSIGN(stream.stream, NameIn(config.config_json));
  stream.time_ns = config.time_ns;
  stream.backup.config_json = std::move(config.config_json);
  if (!legacy_.emplace(stream.stream, stream).second) {
    return Fail(Errc::kArchiveCorrupt, "stream " + stream.stream + " is there twice");
  }
  return {};
}

Status Finder::OnStashList() {
  JETKEEP_ASSIGN(const std::string text,
                 folder_.ReadWhole(std::string(kStashListFile), kMaxListBytes));
  auto names = RawStrings(text);
  if (!names) return Fail(Errc::kArchiveCorrupt, names.error().message);
  listed_.emplace();
  for (std::string& name : *names) {
    if (Status good = CheckStreamName(name); !good) {
      return Fail(Errc::kArchiveCorrupt, std::move(good).error().message);
    }
    listed_->insert(std::move(name));
  }
  return {};
}

// Consumers and archives to the streams that they belong to.
void Finder::JoinLegacy() {
  for (auto& item : legacy_consumers_) {
    const std::string& of = item.first;
    ConsumerBackup& consumer = item.second;
    const auto stream = legacy_.find(of);
    if (stream == legacy_.end()) {
      Refuse(kLegacyPrefix + of + "_consumer_" + consumer.name + ".json", of,
             {Errc::kArchiveCorrupt, "the file of its stream is missing or damaged", {}, 0});
      continue;
    }
    std::vector<ConsumerBackup>& consumers = stream->second.consumers;
    if (std::any_of(consumers.begin(), consumers.end(),
                    [&](const ConsumerBackup& other) { return other.name == consumer.name; })) {
      Refuse(stream->second.where, of,
             {Errc::kArchiveCorrupt, "consumer " + consumer.name + " is there twice", {}, 0});
      continue;
    }
    consumers.push_back(std::move(consumer));
  }
  for (const std::string& name : legacy_data_) {
    std::string told = name.substr(0, name.size() - 4);
    if (told.starts_with(kLegacyPrefix)) told.erase(0, sizeof kLegacyPrefix - 1);
    const auto stream = legacy_.find(told);
    if (stream != legacy_.end() && stream->second.data.empty()) {
      stream->second.data = name;
      continue;
    }
    FoundStream alone;
    alone.where = name;
    alone.layout = "2022";
    alone.data = name;
    alone.archive_name = told;
    found_.streams.push_back(std::move(alone));
  }
  for (auto& [name, stream] : legacy_) found_.streams.push_back(std::move(stream));
}

// Which of two folders of one stream is the right one, nothing tells.
void Finder::RefuseDoubles() {
  std::map<std::string, int> count;
  for (const FoundStream& stream : found_.streams) {
    if (!stream.stream.empty()) ++count[stream.stream];
  }
  for (const FoundStream& stream : found_.streams) {
    if (stream.stream.empty() || count[stream.stream] < 2) continue;
    Refuse(stream.where, stream.stream,
           {Errc::kArchiveCorrupt,
            "stream " + stream.stream + " has " + std::to_string(count[stream.stream]) +
                " backups in this folder",
            "Import them one by one, the oldest first, each by its own folder.", 0});
  }
  std::erase_if(found_.streams, [&](const FoundStream& stream) {
    return !stream.stream.empty() && count[stream.stream] > 1;
  });
}

}  // namespace

Result<FoundStreams> FindStreams(const SourceFolder& folder) { return Finder(folder).Run(); }

}  // namespace jetkeep
