#include "service/engine/drift/config_folder.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "protocol/base/names.h"
#include "protocol/json/raw_json.h"
#include "protocol/json/raw_object.h"
#include "service/engine/transfer/config_file_name.h"
#include "service/engine/transfer/source_folder.h"

namespace jetkeep {
namespace {

constexpr std::string_view kStreamEnd = ".stream.json";
constexpr std::string_view kConsumerEnd = ".consumer.json";
constexpr int kMostFoldersDeep = 16;

Status Unfit(const std::string& file, const std::string& why) {
  return Fail(Errc::kUsage, file + ": " + why,
              "The folder holds <stream>.stream.json and <stream>.<consumer>.consumer.json, as "
              "`jetkeep config-export` writes them, and nothing else.");
}

// Of the stream and, behind the first dot, the consumer; false: no such file.
bool ReadName(std::string_view file, KeptConfig& config) {
  if (file.ends_with(kStreamEnd)) {
    config.stream = file.substr(0, file.size() - kStreamEnd.size());
    return CheckStreamName(config.stream).has_value();
  }
  if (!file.ends_with(kConsumerEnd)) return false;
  const std::string_view names = file.substr(0, file.size() - kConsumerEnd.size());
  const std::size_t dot = names.find('.');
  if (dot == std::string_view::npos) return false;
  config.stream = names.substr(0, dot);
  config.consumer = names.substr(dot + 1);
  return CheckStreamName(config.stream) && CheckConsumerName(config.consumer);
}

class ConfigFolderReader {
 public:
  explicit ConfigFolderReader(std::uint64_t most_bytes) : most_(most_bytes), left_(most_bytes) {}

  Status Folder(const SourceFolder& folder, const std::string& shown, int depth) {
    if (depth > kMostFoldersDeep) return Unfit(shown, "too many folders inside each other");
    JETKEEP_ASSIGN(const std::vector<SourceEntry> entries, folder.List());
    for (const SourceEntry& entry : entries) {
      if (entry.name.starts_with('.')) continue;
      const std::string place = shown + "/" + entry.name;
      if (entry.kind == SourceEntryKind::kFolder) {
        JETKEEP_ASSIGN(const SourceFolder below, folder.OpenFolder(entry.name));
        JETKEEP_TRY(Folder(below, place, depth + 1));
      } else {
        JETKEEP_TRY(File(folder, entry, place));
      }
    }
    return {};
  }

  Result<std::vector<KeptConfig>> Finish(const std::string& path) {
    if (configs_.empty()) return Fail(Unfit(path, "there is no configuration in it").error());
    std::map<std::string, std::string> by_short;
    for (const KeptConfig& config : configs_) {
      if (config.consumer.empty()) by_short[ShortNameOf(config.stream)] = config.stream;
    }
    for (KeptConfig& config : configs_) {
      const auto whole = by_short.find(config.stream);
      if (whole != by_short.end()) config.stream = whole->second;
    }
    for (const KeptConfig& config : configs_) {
      if (!known_.contains({config.stream, ""})) {
        return Fail(Unfit(path, "there is consumer " + config.consumer + " of stream " +
                                    config.stream + ", and no " + config.stream + ".stream.json")
                        .error());
      }
    }
    return std::move(configs_);
  }

 private:
  Status File(const SourceFolder& folder, const SourceEntry& entry, const std::string& place) {
    KeptConfig config;
    if (entry.kind != SourceEntryKind::kFile || !ReadName(entry.name, config)) {
      return Unfit(place, "not a configuration");
    }
    JETKEEP_ASSIGN(const auto file, folder.OpenFile(entry.name));
    if (file->size() > left_) {
      return Fail(
          Errc::kRequestTooLarge,
          place + ": with it the configurations are larger than " + std::to_string(most_) +
              " bytes, which is what a request takes",
          "Compare the streams of the folder in parts, each in a folder of its own, and name its "
          "streams, or patterns of them, behind it: else the others count as "
          "streams that are in the account only.");
    }
    JETKEEP_ASSIGN(config.config_json, folder.ReadWhole(entry.name, left_));
    left_ -= std::min<std::uint64_t>(left_, config.config_json.size());
    TakeWholeName(config);
    JETKEEP_TRY(CheckContent(config, place));
    if (!known_.insert({config.stream, config.consumer}).second) {
      return Unfit(place, "another file describes the same");
    }
    configs_.push_back(std::move(config));
    return {};
  }

  // Of a file whose name was too short for it; the content has the whole name.
  static void TakeWholeName(KeptConfig& config) {
    std::string& name = config.consumer.empty() ? config.stream : config.consumer;
    for (const char* field : {"name", "durable_name"}) {
      const auto value = FindRawMember(config.config_json, field);
      if (!value || !*value) continue;
      const auto text = RawString(**value);
      if (text && ShortNameOf(*text) == name) name = *text;
    }
  }

  static Status CheckContent(const KeptConfig& config, const std::string& place) {
    const Result<RawObject> object = RawObject::Parse(config.config_json);
    if (!object) return Unfit(place, object.error().message);
    const std::string& name = config.consumer.empty() ? config.stream : config.consumer;
    for (const char* field : {"name", "durable_name"}) {
      const std::string* value = object->FindValue(field);
      if (value == nullptr) continue;
      const Result<std::string> text = RawString(*value);
      if (!text || *text != name) {
        return Unfit(place, std::string("its \"") + field + "\" is " + *value);
      }
    }
    return {};
  }

  const std::uint64_t most_;
  std::uint64_t left_;
  std::set<std::pair<std::string, std::string>> known_;
  std::vector<KeptConfig> configs_;
};

}  // namespace

Result<std::vector<KeptConfig>> ReadConfigFolder(const std::string& path,
                                                 std::uint64_t most_bytes) {
  JETKEEP_ASSIGN(const SourceFolder folder, SourceFolder::Open(path));
  ConfigFolderReader reader(most_bytes);
  JETKEEP_TRY(reader.Folder(folder, path, 0));
  return reader.Finish(path);
}

}  // namespace jetkeep
