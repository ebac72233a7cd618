#include "service/engine/transfer/config_files.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "protocol/js_config/config_table.h"
#include "protocol/json/json_layout.h"
#include "protocol/json/raw_json.h"
#include "protocol/json/raw_object.h"
#include "protocol/nack/nack_resource.h"
#include "service/engine/transfer/config_file_name.h"

namespace jetkeep {
namespace {

// Without what servers put into the metadata by themselves.
Result<RawObject> OwnFields(std::string_view config_json) {
  JETKEEP_ASSIGN(RawObject config, RawObject::Parse(config_json));
  const std::string* metadata = config.FindValue("metadata");
  if (metadata == nullptr) return config;
  RawObject own;
  JETKEEP_TRY(ForEachMember(*metadata, [&](std::string_view key, std::string_view value) -> Status {
    if (!key.starts_with(kServerMetadataPrefix)) own.Set(key, std::string(value));
    return {};
  }));
  if (own.empty()) {
    config.Remove("metadata");
  } else {
    config.Set("metadata", own.Text());
  }
  return config;
}

std::string JsonOf(RawObject config, std::string_view consumer) {
  const bool unnamed =
      config.FindValue("name") == nullptr && config.FindValue("durable_name") == nullptr;
  // Servers before 2.9 kept the names of such consumers elsewhere.
  if (!consumer.empty() && unnamed) config.SetFirst("name", QuoteJson(consumer));
  return IndentJson(config.Text()) + "\n";
}

}  // namespace

// A resource's name that no other of this folder has.
std::string ConfigFiles::FreeName(const std::string& text) {
  const std::string name = NackNameOf(text);
  std::string free = name;
  for (int number = 2; !taken_.insert(free).second; ++number) {
    free = name.substr(0, 55) + "-" + std::to_string(number);
  }
  return free;
}

Result<ExportedConfig> ConfigFiles::FileOf(const std::string& stream, const std::string& consumer,
                                           const std::string& config_json) {
  const bool nack = format_ == ConfigFileFormat::kNack;
  ExportedConfig file;
  file.stream = stream;
  file.consumer = consumer;
  file.name = ConfigFileName(stream, consumer, nack ? ".yaml" : ".json");
  JETKEEP_ASSIGN(const RawObject own, OwnFields(config_json));
  if (!nack) {
    file.content = JsonOf(own, consumer);
    return file;
  }
  JETKEEP_ASSIGN(NackResource resource, consumer.empty()
                                            ? NackStream(own.Text(), FreeName(stream))
                                            : NackConsumer(stream, consumer, own.Text(),
                                                           FreeName(stream + "-" + consumer)));
  file.content = std::move(resource.yaml);
  file.left_out = std::move(resource.left_out);
  return file;
}

Status ConfigFiles::Add(const Manifest& manifest) {
  std::vector<ExportedConfig> added;
  JETKEEP_ASSIGN(ExportedConfig stream, FileOf(manifest.stream, {}, manifest.config_json));
  added.push_back(std::move(stream));
  for (const ConsumerBackup& consumer : manifest.consumers) {
    JETKEEP_ASSIGN(ExportedConfig file,
                   FileOf(manifest.stream, consumer.name, consumer.config_json));
    added.push_back(std::move(file));
  }
  std::move(added.begin(), added.end(), std::back_inserter(files_));
  return {};
}

Status ConfigFiles::Write(const std::string& target) const {
  JETKEEP_ASSIGN(const auto staged, StagedFolder::Begin(target));
  for (const ExportedConfig& file : files_) {
    JETKEEP_ASSIGN(const auto written, staged->Create({}, file.name));
    JETKEEP_TRY(written->Write(file.content));
    JETKEEP_TRY(written->Finish());
  }
  return staged->Publish();
}

}  // namespace jetkeep
