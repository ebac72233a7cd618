// The one table of settings: how each is named as a flag, in the environment and in the file, what
// it may hold, and which field of Config it fills. Everything that reads, checks, prints or
// documents configuration walks this table, so a setting is added in one place.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "jetkeep/error.h"
#include "service/config/config.h"

namespace jetkeep {

enum class SettingGroup : std::uint8_t {
  kConnection,  // every verb that talks to NATS
  kRepository,  // also verbs that read a repository themselves
  kService,     // `serve` and `config` only
};

using SettingField = std::variant<std::string Config::*, std::vector<std::string> Config::*,
                                  std::uint32_t Config::*, std::uint64_t Config::*,
                                  std::chrono::milliseconds Config::*, Compression Config::*>;

// What a text must look like besides its kind.
enum class SettingRule : std::uint8_t {
  kNone,
  kServerUrl,  // nats, tls, ws or wss URL, or host[:port]
  kToken,      // one subject token or several, without wildcards or white space
  kName,       // a single path part: letters, digits, '-', '_', '.'
  kSeedFile,   // a path, and not the secret itself
};

struct Setting {
  std::string_view key;   // in the file: "nats.servers" is `servers` inside `nats`
  std::string_view flag;  // with the dashes; CLI11 syntax with commas
  std::string_view env;
  std::string_view placeholder;
  std::string_view help;
  SettingGroup group = SettingGroup::kService;
  SettingField field;
  bool secret = false;
  SettingRule rule = SettingRule::kNone;
  std::uint64_t min = 0;  // numbers, bytes, milliseconds
  std::uint64_t max = UINT64_MAX;
  std::string_view choices = {};  // separated by '|'; empty: any text
};

std::span<const Setting> Settings();
// Null if there is none.
const Setting* FindSetting(std::string_view key);

// Checks and stores what a source says. Lists may be given as several texts or as one with commas.
// The message does not hold the value of a secret.
Status ApplySetting(const Setting& setting, const std::vector<std::string>& texts, Config& config);

// The value as a text that ApplySetting takes back; secrets are shown as they are.
std::string ShowSetting(const Setting& setting, const Config& config);

}  // namespace jetkeep
