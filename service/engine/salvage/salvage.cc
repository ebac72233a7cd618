#include "service/engine/salvage/salvage.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <utility>

#include "protocol/js_config/stream_config.h"
#include "protocol/json/raw_json.h"
#include "service/engine/salvage/store_meta.h"

namespace jetkeep {
namespace {

// By the names in them.
Result<std::map<std::string, std::string>> ConfigsByName(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> configs;
  for (const std::string& text : texts) {
    JETKEEP_TRY(FaultAs(RequireObject(text), Errc::kUsage, "--stream-config"));
    JETKEEP_ASSIGN(const auto inner,
                   FaultAs(FindRawMember(text, "config"), Errc::kUsage, "--stream-config"));
    std::string config = inner ? std::string(*inner) : text;
    JETKEEP_ASSIGN(const StreamConfigFacts facts,
                   FaultAs(ReadStreamConfig(config), Errc::kUsage, "--stream-config"));
    if (facts.name.empty()) return Fail(Errc::kUsage, "a --stream-config has no name");
    if (!configs.emplace(facts.name, std::move(config)).second) {
      return Fail(Errc::kUsage, "two --stream-config are of stream " + facts.name);
    }
  }
  return configs;
}

Result<StoredStreams> Find(const SalvageSpec& spec) {
  JETKEEP_ASSIGN(auto configs, ConfigsByName(spec.configs));
  JETKEEP_ASSIGN(StoredStreams found, FindStoredStreams(spec.directories, spec.selection));
  for (StreamToSalvage& stream : found.streams) {
    const auto config = configs.find(stream.stream);
    if (config != configs.end()) stream.config_json = config->second;
  }
  for (const auto& config : configs) {
    const std::string& name = config.first;
    if (std::none_of(found.streams.begin(), found.streams.end(),
                     [&](const StreamToSalvage& stream) { return stream.stream == name; })) {
      return Fail(Errc::kUsage, "--stream-config is of stream " + name + ", which is not salvaged");
    }
  }
  return found;
}

void CountFiles(const SourceFolder& stream_folder, StoredStreamSummary& listed) {
  if (stream_folder.OpenFile("meta.key")) listed.encrypted = true;
  const auto messages = stream_folder.OpenFolder("msgs");
  const auto entries = messages ? messages->List() : Result<std::vector<SourceEntry>>();
  for (const SourceEntry& entry : entries ? *entries : std::vector<SourceEntry>()) {
    struct stat about {};
    if (entry.kind != SourceEntryKind::kFile || !entry.name.ends_with(".blk") ||
        fstatat(messages->descriptor(), entry.name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) {
      continue;
    }
    ++listed.blocks;
    listed.block_bytes += static_cast<std::uint64_t>(about.st_size);
  }
  const auto consumers = stream_folder.OpenFolder("obs");
  const auto folders = consumers ? consumers->List() : Result<std::vector<SourceEntry>>();
  if (folders) listed.consumers = std::max<std::uint64_t>(listed.consumers, folders->size());
}

}  // namespace

Result<StoreListing> ListStore(const SalvageSpec& spec) {
  JETKEEP_ASSIGN(StoredStreams found, Find(spec));
  StoreListing listing;
  listing.warnings = std::move(found.warnings);
  listing.missed = std::move(found.missed);
  for (const StreamToSalvage& stream : found.streams) {
    StoredStreamSummary listed;
    listed.account = stream.account;
    listed.stream = stream.stream;
    bool readable = false;
    for (const StreamDirectory& directory : stream.directories) {
      listed.directories.push_back(directory.shown);
      CountFiles(directory.folder, listed);
      const auto meta =
          ReadStoredStreamMeta(directory.folder, {stream.account, stream.stream}, spec.secrets);
      readable |= meta.has_value();
      if (!meta && !listed.unreadable) listed.unreadable = meta.error();
    }
    if (readable) listed.unreadable.reset();
    listing.streams.push_back(std::move(listed));
  }
  return listing;
}

Result<SalvageReport> Salvage(const SalvageSpec& spec, const RepositoryOfAccount& repository_of,
                              const WallClock& clock, const CancelToken& cancel) {
  JETKEEP_ASSIGN(StoredStreams found, Find(spec));
  SalvageReport report;
  report.warnings = std::move(found.warnings);
  report.missed = std::move(found.missed);
  std::map<std::string, Repository*> repositories;
  for (const StreamToSalvage& stream : found.streams) {
    if (repositories.contains(stream.account)) continue;
    JETKEEP_ASSIGN(repositories[stream.account], repository_of(stream.account));
  }
  for (const StreamToSalvage& stream : found.streams) {
    report.streams.push_back(
        SalvageStream(stream, {*repositories.at(stream.account), clock, cancel, spec.secrets}));
  }
  return report;
}

}  // namespace jetkeep
