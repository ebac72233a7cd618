// Whether a server of a given version can honour a configuration, and the configuration without
// what it cannot. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"
#include "protocol/js_api/server_version.h"
#include "protocol/js_config/config_table.h"

namespace jetkeep {

// A field whose meaning would be lost.
struct UnsupportedField {
  std::string path;
  std::string value;  // as JSON, shortened if it is long
  std::string why;    // "known from 2.11"
  // `filter_subjects ["a","b"] (known from 2.10)`
  std::string Text() const;
};

struct ConfigFit {
  // Fit for the server: without the unsupported fields, and without those that it does not know but
  // that say nothing (strict servers refuse them all the same). The rest is the bytes that came.
  std::string config_json;
  std::vector<UnsupportedField> unsupported;
};

// `now_ns` decides whether a pause is over. What servers put into the metadata by themselves is
// left out, but for the required API level where the server has that level. A filter list of one
// becomes a single filter where lists are not known. kInvalidRequest: not a JSON object.
Result<ConfigFit> FitConfig(ConfigOf kind, std::string_view config_json,
                            const ServerVersion& server, std::int64_t now_ns);

}  // namespace jetkeep
