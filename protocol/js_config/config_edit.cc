#include "protocol/js_config/config_edit.h"

#include "protocol/json/raw_object.h"

namespace jetkeep {

Result<std::string> WithoutMember(std::string_view config_json, std::string_view key) {
  JETKEEP_ASSIGN(RawObject config, RawObject::Parse(config_json));
  config.Remove(key);
  return config.Text();
}

}  // namespace jetkeep
