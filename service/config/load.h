// Brings the sources of configuration together: flag > environment > file > NATS context > default.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"
#include "service/config/config.h"
#include "service/config/nats_context.h"

namespace jetkeep {

enum class Origin : std::uint8_t { kDefault, kContext, kFile, kEnvironment, kFlag };

struct ValueOrigin {
  Origin origin = Origin::kDefault;
  std::string detail;  // context name, file:line, variable name, flag
};

struct FlagValues {
  std::map<std::string, std::vector<std::string>, std::less<>> settings;  // by Setting::key
  std::optional<std::string> config_file;  // --config; else JETKEEP_CONFIG names the file
  bool no_context = false;                 // leave the selected context alone
};

struct LoadedConfig {
  Config config;
  std::map<std::string, ValueOrigin, std::less<>> origins;  // of every setting, by Setting::key
};

// The process environment.
Environment ProcessEnvironment();

// Every error is kConfigInvalid and says where the value came from. Besides reading values it
// settles how to authenticate: the highest source that names a way (user, token, creds, nkey) wins
// over the ways that lower sources name, and two ways of one source are an error.
//
// The context that `nats context select` chose applies only if nothing else names a server or a
// context, so that its credentials never go to a server it does not know.
Result<LoadedConfig> LoadConfig(const FlagValues& flags, const Environment& environment);

// "default", "context prod", "file jetkeep.yaml:3", "environment NATS_URL", "flag --server".
std::string DescribeOrigin(const ValueOrigin& origin);

}  // namespace jetkeep
