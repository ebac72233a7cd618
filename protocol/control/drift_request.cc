#include <set>
#include <string_view>
#include <utility>

#include "protocol/base/names.h"
#include "protocol/control/backup_document.h"
#include "protocol/control/field_reader.h"
#include "protocol/control/request_fields.h"
#include "protocol/control/requests.h"

namespace jetkeep {
namespace {

// One element of "configs".
Result<KeptConfig> ParseConfig(const Document& body) {
  KeptConfig config;
  FieldReader fields(body);
  const Document* content = nullptr;
  fields.Read("stream", config.stream);
  fields.Read("consumer", config.consumer);
  fields.Read("config", content);
  JETKEEP_TRY(fields.Finish());
  if (!fields.Has("stream")) return Fail(Missing("stream").error());
  if (content == nullptr) return Fail(Missing("config").error());
  JETKEEP_TRY(CheckStreamName(config.stream));
  if (fields.Has("consumer")) JETKEEP_TRY(CheckConsumerName(config.consumer));
  config.config_json = content->dump();
  return config;
}

Status CheckConfigs(const std::vector<KeptConfig>& configs) {
  if (configs.empty()) {
    return Fail(Errc::kInvalidRequest, "the field \"configs\" is empty",
                "Give the configurations of at least one stream.");
  }
  std::set<std::pair<std::string_view, std::string_view>> known;
  for (const KeptConfig& config : configs) {
    if (known.emplace(config.stream, config.consumer).second) continue;
    return Fail(Errc::kInvalidRequest,
                "\"configs\" describes stream " + config.stream +
                    (config.consumer.empty() ? "" : ", consumer " + config.consumer) + " twice");
  }
  for (const KeptConfig& config : configs) {
    if (known.contains({config.stream, std::string_view()})) continue;
    return Fail(Errc::kInvalidRequest, "\"configs\" has consumer " + config.consumer +
                                           " of stream " + config.stream +
                                           ", and not the stream itself");
  }
  return {};
}

}  // namespace

Result<DriftRequest> ParseDriftRequest(const Document& body) {
  DriftRequest request;
  FieldReader fields(body);
  std::vector<Document> configs;
  fields.Read("backup", request.backup);
  fields.Read("set", request.set);
  fields.Read("configs", configs);
  fields.Read("streams", request.streams);
  JETKEEP_TRY(fields.Finish());
  if (fields.Has("backup") + fields.Has("set") + fields.Has("configs") != 1) {
    return Fail(Errc::kInvalidRequest,
                "not exactly one of \"backup\", \"set\" and \"configs\" is given",
                "Name a backup or a set by its id, or give configurations.");
  }
  if (fields.Has("backup")) JETKEEP_TRY(CheckBackupReference(request.backup));
  if (fields.Has("set")) JETKEEP_TRY(CheckSetReference(request.set));
  if (fields.Has("streams")) JETKEEP_TRY(AnyOf("streams", request.streams));
  JETKEEP_TRY(CheckPatterns(request.streams));
  for (const Document& config : configs) {
    JETKEEP_ASSIGN(KeptConfig parsed, ParseConfig(config));
    request.configs.push_back(std::move(parsed));
  }
  if (fields.Has("configs")) JETKEEP_TRY(CheckConfigs(request.configs));
  return request;
}

Document ToDocument(const DriftRequest& request) {
  Document document = Document::object();
  Put(document, "backup", request.backup);
  Put(document, "set", request.set);
  for (const KeptConfig& config : request.configs) {
    Document one = {{"stream", config.stream}};
    Put(one, "consumer", config.consumer);
    one["config"] = FromServerJson(config.config_json);
    document["configs"].push_back(std::move(one));
  }
  Put(document, "streams", request.streams);
  return document;
}

}  // namespace jetkeep
