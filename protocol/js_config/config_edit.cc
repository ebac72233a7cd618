#include "protocol/js_config/config_edit.h"

#include "protocol/json/raw_json.h"

namespace jetkeep {

Result<std::string> WithoutMember(std::string_view config_json, std::string_view key) {
  std::string edited = "{";
  JETKEEP_TRY(
      ForEachMember(config_json, [&](std::string_view name, std::string_view value) -> Status {
        if (name == key) return {};
        if (edited.size() > 1) edited += ",";
        edited.append(QuoteJson(name)).append(":").append(value);
        return {};
      }));
  return edited + "}";
}

}  // namespace jetkeep
