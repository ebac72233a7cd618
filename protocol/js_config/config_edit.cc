#include "protocol/js_config/config_edit.h"

#include "protocol/js_config/config_table.h"
#include "protocol/json/raw_json.h"
#include "protocol/json/raw_object.h"

namespace jetkeep {
namespace {

Status SetOrRemove(RawObject& object, std::string_view key, std::string_view value_json) {
  if (value_json == "null") {
    object.Remove(key);
    return {};
  }
  // Whether the value is one JSON value shows where it stands in an object.
  const std::string probe = "{\"v\":" + std::string(value_json) + "}";
  const auto value = RawMember(probe, "v");
  if (!value || *value != value_json) {
    return Fail(Errc::kInvalidRequest,
                "the value of \"" + std::string(key) + "\" is no JSON: " + std::string(value_json));
  }
  object.Set(key, std::string(value_json));
  return {};
}

}  // namespace

Result<std::string> WithoutMember(std::string_view config_json, std::string_view key) {
  JETKEEP_ASSIGN(RawObject config, RawObject::Parse(config_json));
  config.Remove(key);
  return config.Text();
}

Result<std::string> WithFieldAt(std::string_view config_json, std::string_view path,
                                std::string_view value_json) {
  JETKEEP_ASSIGN(RawObject object, RawObject::Parse(config_json));
  const std::size_t dot = path.find('.');
  if (dot != std::string_view::npos) {
    const std::string_view key = path.substr(0, dot);
    const std::string_view rest = path.substr(dot + 1);
    const std::string* inner = object.FindValue(key);
    const std::string before = inner == nullptr ? std::string("{}") : *inner;
    std::string after;
    if (key == "metadata") {
      JETKEEP_ASSIGN(RawObject metadata, RawObject::Parse(before));
      JETKEEP_TRY(SetOrRemove(metadata, rest, value_json));
      after = metadata.Text();
    } else {
      JETKEEP_ASSIGN(after, WithFieldAt(before, rest, value_json));
    }
    object.Set(key, after);
    return object.Text();
  }
  JETKEEP_TRY(SetOrRemove(object, path, value_json));
  return object.Text();
}

Status CheckSettablePath(std::string_view path) {
  if (path == "name") {
    return Fail(Errc::kInvalidRequest, "the name of a stream is no field to set",
                "Restore it under another name with --as (field as).");
  }
  constexpr std::string_view kMetadata = "metadata.";
  if (path.starts_with(kMetadata) && path.size() > kMetadata.size()) return {};
  if (path.find("[]") == std::string_view::npos &&
      (FindField(ConfigOf::kStream, path) != nullptr || HasFieldsBelow(ConfigOf::kStream, path))) {
    return {};
  }
  return Fail(
      Errc::kInvalidRequest,
      "\"" + std::string(path) + "\" is no field of a stream's configuration",
      "Name fields as `nats stream info --json` does, nested ones as placement.cluster; set "
      "an array as a whole.");
}

}  // namespace jetkeep
