// Brings the sources of configuration together: flag > environment > file > NATS context > default.
//
// Flags and variables of an account or a store fill the only one. Where the file has several
// accounts, --account (JETKEEP_ACCOUNT) chooses one of them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"
#include "service/config/config.h"
#include "service/config/environment.h"
#include "service/config/settings.h"

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
  FlagValues given;  // on the command line: what reading again begins with
  // Whether the file has these sections; if not, the flat keys name the values of entry 0.
  bool has_accounts = false;
  bool has_stores = false;
  std::map<std::string, ValueOrigin, std::less<>> origins;  // by NameOf; none: the default
  std::vector<std::string> warnings;                        // about what was ignored

  // The name of a value for people and in a file: "nats.creds" or "accounts[1].creds".
  std::string NameOf(const Setting& setting, std::size_t entry = 0) const;
  ValueOrigin OriginOf(const Setting& setting, std::size_t entry = 0) const;
};

// Every error is kConfigInvalid and says where the value came from. Besides reading values it
// settles how to authenticate: the highest source that names a way (user, token, creds, nkey, jwt)
// wins over the ways that lower sources name, and two ways of one source are an error.
//
// The context that `nats context select` chose applies only if nothing else names a server or a
// context, so that its credentials never go to a server it does not know.
Result<LoadedConfig> LoadConfig(const FlagValues& flags, const Environment& environment);

// "default", "context prod", "file jetkeep.yaml:3", "environment NATS_URL", "flag --server".
std::string DescribeOrigin(const ValueOrigin& origin);

}  // namespace jetkeep
