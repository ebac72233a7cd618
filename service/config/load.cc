#include "service/config/load.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>
#include <utility>

#include "service/config/settings.h"
#include "service/config/yaml_file.h"

namespace jetkeep {
namespace {

class Loader {
 public:
  Loader(const FlagValues& flags, const Environment& environment)
      : flags_(flags), environment_(environment) {}

  Result<LoadedConfig> Load() {
    JETKEEP_TRY(ReadFile());
    JETKEEP_TRY(ApplyContext());
    for (const FileValue& value : file_values_) {
      JETKEEP_TRY(Apply(*value.setting, value.texts,
                        {Origin::kFile, file_name_ + ":" + std::to_string(value.line)}));
    }
    for (const Setting& setting : Settings()) {
      if (const auto text = environment_(setting.env)) {
        JETKEEP_TRY(Apply(setting, {*text}, {Origin::kEnvironment, std::string(setting.env)}));
      }
    }
    for (const auto& [key, texts] : flags_.settings) {
      const Setting* setting = FindSetting(key);
      if (setting == nullptr) return Fail(Errc::kInternal, "no setting is called " + key);
      JETKEEP_TRY(Apply(*setting, texts, {Origin::kFlag, FlagName(*setting)}));
    }
    JETKEEP_TRY(SettleAuthentication());
    JETKEEP_TRY(CheckTogether());
    return std::move(loaded_);
  }

 private:
  static std::string FlagName(const Setting& setting) {
    return std::string(setting.flag.substr(setting.flag.rfind(',') + 1));
  }

  Status Apply(const Setting& setting, const std::vector<std::string>& texts, ValueOrigin origin) {
    if (Status status = ApplySetting(setting, texts, loaded_.config); !status) {
      return Fail(std::move(status).error().Within(DescribeOrigin(origin)));
    }
    loaded_.origins[std::string(setting.key)] = std::move(origin);
    return {};
  }

  Status ReadFile() {
    const std::optional<std::string> named =
        flags_.config_file ? flags_.config_file : environment_("JETKEEP_CONFIG");
    for (const Setting& setting : Settings()) loaded_.origins[std::string(setting.key)] = {};
    if (!named) return {};
    file_name_ = *named;
    JETKEEP_ASSIGN(const std::string bytes, ReadSmallFile(file_name_));
    JETKEEP_ASSIGN(file_values_, ParseConfigFile(bytes, file_name_));
    return {};
  }

  // What the sources above the context say of one setting.
  std::optional<std::string> Lookup(std::string_view key) const {
    if (const auto flag = flags_.settings.find(key); flag != flags_.settings.end()) {
      return flag->second.back();
    }
    if (auto variable = environment_(FindSetting(key)->env)) return variable;
    for (const FileValue& value : file_values_) {
      if (value.setting->key == key) return value.texts.back();
    }
    return std::nullopt;
  }

  Status ApplyContext() {
    std::optional<std::string> name = Lookup("nats.context");
    if (!name && !flags_.no_context && !Lookup("nats.servers")) {
      name = SelectedNatsContext(environment_);
    }
    if (!name || name->empty()) return {};
    JETKEEP_ASSIGN(const NatsContext context, LoadNatsContext(*name, environment_));
    for (const NatsContext::Value& value : context.values) {
      JETKEEP_TRY(Apply(*value.setting, {value.text}, {Origin::kContext, *name}));
    }
    return {};
  }

  Status SettleAuthentication() {
    struct Way {
      std::array<std::string_view, 2> keys;
      std::array<std::string Config::*, 2> fields;
    };
    const std::array<Way, 4> ways{
        {{{"nats.user", "nats.password"}, {&Config::user, &Config::password}},
         {{"nats.token", "nats.token"}, {&Config::token, &Config::token}},
         {{"nats.creds", "nats.creds"}, {&Config::creds, &Config::creds}},
         {{"nats.nkey", "nats.nkey"}, {&Config::nkey, &Config::nkey}}}};
    Config& config = loaded_.config;
    const auto rank = [&](const Way& way) {
      Origin highest = Origin::kDefault;
      for (std::size_t i = 0; i < way.keys.size(); ++i) {
        if ((config.*way.fields[i]).empty()) continue;
        highest = std::max(highest, loaded_.origins.find(way.keys[i])->second.origin);
      }
      return highest;
    };
    const Way* winner = &*std::max_element(
        ways.begin(), ways.end(), [&](const Way& a, const Way& b) { return rank(a) < rank(b); });
    const Origin highest = rank(*winner);
    if (highest == Origin::kDefault) return {};
    for (const Way& way : ways) {
      if (&way == winner) continue;
      if (rank(way) == highest) {
        return Fail(Errc::kConfigInvalid,
                    std::string(winner->keys[0]) + " and " + std::string(way.keys[0]) +
                        " are both set (" + DescribeOrigin(OriginOf(winner->keys[0])) + ", " +
                        DescribeOrigin(OriginOf(way.keys[0])) + ")",
                    "Give one way to authenticate: user and password, token, creds or nkey.");
      }
      for (std::size_t i = 0; i < way.keys.size(); ++i) {
        (config.*way.fields[i]).clear();
        loaded_.origins[std::string(way.keys[i])] = {};
      }
    }
    if (!config.user.empty() && config.password.empty()) {
      config.token = std::exchange(config.user, "");
      loaded_.origins["nats.token"] = std::exchange(loaded_.origins["nats.user"], {});
    }
    if (config.user.empty() && !config.password.empty()) {
      return Fail(Errc::kConfigInvalid, "nats.password is set without nats.user",
                  "Give the user as well.");
    }
    return {};
  }

  Status CheckTogether() const {
    const Config& config = loaded_.config;
    if (config.tls_cert.empty() != config.tls_key.empty()) {
      return Fail(Errc::kConfigInvalid, "nats.tls.cert and nats.tls.key belong together",
                  "Give both or neither.");
    }
    if (!config.js_domain.empty() && !config.js_api_prefix.empty()) {
      return Fail(Errc::kConfigInvalid, "nats.js_domain and nats.js_api_prefix exclude each other",
                  "Give one of them.");
    }
    if (config.snapshot_chunk != 0 && config.snapshot_chunk < 1024) {
      return Fail(Errc::kConfigInvalid, "backup.chunk_size is below 1KiB",
                  "Use 0, which suits the link, or 1KiB to 1MiB.");
    }
    if (config.snapshot_window != 0 && config.snapshot_window < 1024) {
      return Fail(Errc::kConfigInvalid, "backup.window_size is below 1KiB",
                  "Use 0 for the server's choice or 1KiB to 32MiB.");
    }
    if (config.retry_first_delay > config.retry_max_delay) {
      return Fail(Errc::kConfigInvalid, "retry.first_delay is longer than retry.max_delay",
                  "Raise retry.max_delay.");
    }
    return {};
  }

  const ValueOrigin& OriginOf(std::string_view key) const {
    return loaded_.origins.find(key)->second;
  }

  const FlagValues& flags_;
  const Environment& environment_;
  std::string file_name_;
  std::vector<FileValue> file_values_;
  LoadedConfig loaded_;
};

}  // namespace

Environment ProcessEnvironment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr || *value == '\0') return std::nullopt;
    return std::string(value);
  };
}

Result<LoadedConfig> LoadConfig(const FlagValues& flags, const Environment& environment) {
  return Loader(flags, environment).Load();
}

std::string DescribeOrigin(const ValueOrigin& origin) {
  switch (origin.origin) {
    case Origin::kContext:
      return "context " + origin.detail;
    case Origin::kFile:
      return "file " + origin.detail;
    case Origin::kEnvironment:
      return "environment " + origin.detail;
    case Origin::kFlag:
      return "flag " + origin.detail;
    case Origin::kDefault:
      break;
  }
  return "default";
}

}  // namespace jetkeep
