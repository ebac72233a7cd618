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
  kConnection,  // every command that talks to NATS
  kRepository,  // also commands that read a repository themselves
  kService,     // `serve` and `config` only
  kAnyCommand,  // every command, whatever it does
};

// The structure that a setting is a member of: the service as a whole, or one entry of `accounts`
// or `stores`.
enum class Section : std::uint8_t { kService, kAccount, kStore };

using SettingField =
    std::variant<std::string Config::*, std::string AccountConfig::*, std::string StoreConfig::*,
                 std::vector<std::string> AccountConfig::*, std::vector<std::string> Config::*,
                 std::uint32_t Config::*, std::uint64_t Config::*, std::uint32_t StoreConfig::*,
                 std::uint64_t StoreConfig::*, std::chrono::milliseconds Config::*,
                 std::chrono::milliseconds AccountConfig::*, Compression Config::*>;

// What a text must look like besides its kind.
enum class SettingRule : std::uint8_t {
  kNone,
  kServerUrl,  // nats, tls, ws or wss URL, or host[:port]
  kToken,      // one subject token or several, without wildcards or white space
  kName,       // a single path part: letters, digits, '-', '_', '.'
  kFile,       // a path
  kSeedFile,   // a path, and not the secret itself
  kHttpUrl,    // http://HOST[:PORT][/PATH]; empty: none
  kAddress,    // HOST:PORT, [IPV6]:PORT or :PORT; empty: none
};

struct Setting {
  // In the file: "nats.servers" is `servers` inside `nats`. Empty: only entries have it.
  std::string_view key;
  std::string_view entry_key = {};  // inside an entry of `accounts` or `stores`: "tls.ca"
  std::string_view flag;            // with the dashes; CLI11 syntax with commas
  std::string_view env;
  std::string_view placeholder;
  std::string_view help;
  SettingGroup group = SettingGroup::kService;
  SettingField field;
  bool secret = false;
  SettingRule rule = SettingRule::kNone;
  std::uint64_t min = 0;  // numbers, bytes, milliseconds
  std::uint64_t max = UINT64_MAX;
  std::string_view choices = {};  // separated by '|'; empty: any text; a list may be empty, too
  bool live = false;              // a running service takes a new value when it reads again

  Section section() const;
  bool is_list() const;
  bool is_text() const;    // or a list of texts
  bool is_number() const;  // without a unit
};

// Those with a flag, a variable and a flat key.
std::span<const Setting> Settings();
// Those that only entries of `accounts` and `stores` have.
std::span<const Setting> EntrySettings();
// By flat key; null if there is none.
const Setting* FindSetting(std::string_view key);
// By the key inside an entry of that section; null if there is none.
const Setting* FindEntrySetting(Section section, std::string_view entry_key);
// All that an entry of the section may have.
std::vector<const Setting*> SettingsOfEntry(Section section);

// "accounts" or "stores".
std::string_view SectionName(Section section);
// "accounts[1].tls.ca": the name of a value that belongs to an entry.
std::string EntryPath(const Setting& setting, std::size_t entry);

// Checks and stores what a source says; `entry` is the place in `accounts` or `stores`. Lists may
// be given as several texts or as one with commas. The message does not hold the value of a secret.
Status ApplySetting(const Setting& setting, const std::vector<std::string>& texts, Config& config,
                    std::size_t entry = 0);

// The value as a text that ApplySetting takes back; secrets are shown as they are.
std::string ShowSetting(const Setting& setting, const Config& config, std::size_t entry = 0);

}  // namespace jetkeep
