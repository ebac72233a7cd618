#include "service/engine/transfer/config_files.h"

#include <set>
#include <utility>

#include "protocol/js_config/config_table.h"
#include "protocol/json/json_layout.h"
#include "protocol/json/raw_json.h"
#include "protocol/json/raw_object.h"
#include "protocol/nack/nack_resource.h"

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

// A resource's name that no other of this folder has.
std::string FreeName(std::set<std::string>& taken, const std::string& text) {
  const std::string name = NackNameOf(text);
  std::string free = name;
  for (int number = 2; !taken.insert(free).second; ++number) {
    free = name.substr(0, 55) + "-" + std::to_string(number);
  }
  return free;
}

}  // namespace

Result<std::vector<ExportedConfig>> ConfigFilesOf(const Manifest& manifest,
                                                  ConfigFileFormat format) {
  std::vector<ExportedConfig> files;
  std::set<std::string> taken;
  const bool nack = format == ConfigFileFormat::kNack;
  const auto add = [&](const std::string& consumer, const std::string& config_json) -> Status {
    ExportedConfig file;
    file.stream = manifest.stream;
    file.consumer = consumer;
    file.name = manifest.stream + (consumer.empty() ? ".stream" : "." + consumer + ".consumer") +
                (nack ? ".yaml" : ".json");
    JETKEEP_ASSIGN(const RawObject own, OwnFields(config_json));
    if (!nack) {
      file.content = JsonOf(own, consumer);
    } else if (consumer.empty()) {
      JETKEEP_ASSIGN(NackResource resource,
                     NackStream(own.Text(), FreeName(taken, manifest.stream)));
      file.content = std::move(resource.yaml);
      file.left_out = std::move(resource.left_out);
    } else {
      JETKEEP_ASSIGN(NackResource resource,
                     NackConsumer(manifest.stream, consumer, own.Text(),
                                  FreeName(taken, manifest.stream + "-" + consumer)));
      file.content = std::move(resource.yaml);
      file.left_out = std::move(resource.left_out);
    }
    files.push_back(std::move(file));
    return {};
  };
  JETKEEP_TRY(add({}, manifest.config_json));
  for (const ConsumerBackup& consumer : manifest.consumers) {
    JETKEEP_TRY(add(consumer.name, consumer.config_json));
  }
  return files;
}

Status WriteConfigFiles(const std::vector<ExportedConfig>& files, const std::string& target) {
  JETKEEP_ASSIGN(const auto staged, StagedFolder::Begin(target));
  for (const ExportedConfig& file : files) {
    JETKEEP_ASSIGN(const auto written, staged->Create({}, file.name));
    JETKEEP_TRY(written->Write(file.content));
    JETKEEP_TRY(written->Finish());
  }
  return staged->Publish();
}

}  // namespace jetkeep
