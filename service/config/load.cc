#include "service/config/load.h"

#include <algorithm>
#include <span>
#include <utility>

#include "protocol/base/nearest_name.h"
#include "service/config/check.h"
#include "service/config/login.h"
#include "service/config/nats_context.h"
#include "service/config/yaml_file.h"

namespace jetkeep {
namespace {

bool IsPath(SettingRule rule) {
  return rule == SettingRule::kFile || rule == SettingRule::kSeedFile;
}

class Loader {
 public:
  Loader(const FlagValues& flags, const Environment& environment)
      : flags_(flags), environment_(environment) {
    loaded_.given = flags;
  }

  Result<LoadedConfig> Load() {
    JETKEEP_ASSIGN(loaded_.warnings, CheckVariables(environment_));
    JETKEEP_TRY(ReadFile());
    JETKEEP_TRY(ChooseAccount());
    for (std::size_t entry = 0; entry < loaded_.config.accounts.size(); ++entry) {
      JETKEEP_TRY(ApplyContext(entry));
    }
    JETKEEP_TRY(ApplyFile());
    JETKEEP_TRY(ApplyEnvironment());
    JETKEEP_TRY(ApplyFlags());
    JETKEEP_TRY(ChooseStores());
    for (std::size_t entry = 0; entry < loaded_.config.accounts.size(); ++entry) {
      JETKEEP_TRY(SettleLogin(loaded_, entry, environment_));
    }
    JETKEEP_TRY(CheckTogether(loaded_));
    return std::move(loaded_);
  }

 private:
  static std::string FlagName(const Setting& setting) {
    return std::string(setting.flag.substr(setting.flag.rfind(',') + 1));
  }

  Status Apply(const Setting& setting, std::size_t entry, std::vector<std::string> texts,
               ValueOrigin origin) {
    if (IsPath(setting.rule)) {
      for (std::string& text : texts) text = PathIn(text);
    }
    if (Status status = ApplySetting(setting, texts, loaded_.config, entry); !status) {
      return Fail(std::move(status).error().Within(DescribeOrigin(origin)));
    }
    loaded_.origins[loaded_.NameOf(setting, entry)] = std::move(origin);
    return {};
  }

  // As the nats command line takes it: file://PATH is PATH.
  std::string PathIn(std::string_view text) const {
    constexpr std::string_view kFileUrl = "file://";
    if (text.starts_with(kFileUrl)) text.remove_prefix(kFileUrl.size());
    return ExpandHome(text, environment_);
  }

  Status ReadFile() {
    const std::optional<std::string> named =
        flags_.config_file ? flags_.config_file : environment_("JETKEEP_CONFIG");
    if (!named) return {};
    file_name_ = *named;
    JETKEEP_ASSIGN(const std::string bytes, ReadSmallFile(file_name_));
    JETKEEP_ASSIGN(file_, ParseConfigFile(bytes, file_name_));
    loaded_.has_accounts = file_.accounts.has_value();
    loaded_.has_stores = file_.stores.has_value();
    loaded_.config.accounts.resize(file_.accounts.value_or(1));
    loaded_.config.stores.resize(file_.stores.value_or(1));
    return {};
  }

  // Of several accounts in the file, --account leaves one.
  Status ChooseAccount() {
    if (!loaded_.has_accounts) return {};
    const std::optional<std::string> wanted = Lookup(*FindSetting("repository.account"), 0);
    if (!wanted) return {};
    std::vector<std::string_view> names;
    for (const FileValue& value : file_.values) {
      if (!IsAccountName(*value.setting)) continue;
      names.push_back(value.texts.back());
      if (value.texts.back() == *wanted) chosen_account_ = value.entry;
    }
    if (names.empty()) names.push_back(AccountConfig{}.name);
    if (!chosen_account_ && names.front() == *wanted) chosen_account_ = 0;
    if (!chosen_account_) {
      std::string all;
      for (const std::string_view name : names)
        all += (all.empty() ? "" : ", ") + std::string(name);
      return Fail(Errc::kConfigInvalid, file_name_ + ": has no account of the requested name",
                  "The file has: " + all + ".");
    }
    loaded_.config.accounts.resize(1);
    return {};
  }

  static bool IsAccountName(const Setting& setting) {
    return setting.section() == Section::kAccount && setting.entry_key == "name";
  }

  // Where a value of the file goes; nothing if it belongs to an account that was not chosen.
  std::optional<std::size_t> EntryOf(const FileValue& value) const {
    if (value.setting->section() != Section::kAccount || !chosen_account_) return value.entry;
    return value.entry == *chosen_account_ ? std::optional<std::size_t>(0) : std::nullopt;
  }

  // What the sources above the context say of one setting.
  std::optional<std::string> Lookup(const Setting& setting, std::size_t entry) const {
    if (const auto flag = flags_.settings.find(setting.key); flag != flags_.settings.end()) {
      return flag->second.back();
    }
    if (auto variable = environment_(setting.env)) return variable;
    for (const FileValue& value : file_.values) {
      if (value.setting == &setting && EntryOf(value) == entry && !IsAccountName(setting)) {
        return value.texts.back();
      }
    }
    return std::nullopt;
  }

  Status ApplyContext(std::size_t entry) {
    std::optional<std::string> name = Lookup(*FindSetting("nats.context"), entry);
    const bool only_one = loaded_.config.accounts.size() == 1;
    if (!name && only_one && !flags_.no_context && !Lookup(*FindSetting("nats.servers"), entry)) {
      name = SelectedNatsContext(environment_);
    }
    if (!name || name->empty()) return {};
    JETKEEP_ASSIGN(const NatsContext context,
                   LoadNatsContext(ExpandHome(*name, environment_), environment_));
    for (const NatsContext::Value& value : context.values) {
      JETKEEP_TRY(Apply(*value.setting, entry, {value.text}, {Origin::kContext, *name}));
    }
    return {};
  }

  Status ApplyFile() {
    for (const FileValue& value : file_.values) {
      const std::optional<std::size_t> entry = EntryOf(value);
      if (!entry) continue;
      JETKEEP_TRY(Apply(*value.setting, *entry, value.texts,
                        {Origin::kFile, file_name_ + ":" + std::to_string(value.line)}));
    }
    return {};
  }

  Status ApplyEnvironment() {
    for (const Setting& setting : Settings()) {
      const auto text = environment_(setting.env);
      if (!text || IsChoiceOfAccount(setting)) continue;
      const ValueOrigin origin{Origin::kEnvironment, std::string(setting.env)};
      JETKEEP_TRY(CheckOneEntry(setting, origin));
      JETKEEP_TRY(Apply(setting, 0, {*text}, origin));
    }
    return {};
  }

  Status ApplyFlags() {
    for (const auto& [key, texts] : flags_.settings) {
      const Setting* setting = FindSetting(key);
      if (setting == nullptr) return Fail(Errc::kInternal, "no setting is called " + key);
      if (IsChoiceOfAccount(*setting)) continue;
      const ValueOrigin origin{Origin::kFlag, FlagName(*setting)};
      JETKEEP_TRY(CheckOneEntry(*setting, origin));
      JETKEEP_TRY(Apply(*setting, 0, texts, origin));
    }
    return {};
  }

  bool IsChoiceOfAccount(const Setting& setting) const {
    return loaded_.has_accounts && IsAccountName(setting);
  }

  Status CheckOneEntry(const Setting& setting, const ValueOrigin& origin) const {
    const Section section = setting.section();
    if (section == Section::kAccount && loaded_.config.accounts.size() > 1) {
      return Fail(Errc::kConfigInvalid,
                  DescribeOrigin(origin) + ": " + file_name_ + " has several accounts",
                  "Choose one with --account NAME, or give the value in the file.");
    }
    if (section == Section::kStore && loaded_.config.stores.size() > 1) {
      return Fail(Errc::kConfigInvalid,
                  DescribeOrigin(origin) + ": " + file_name_ + " has several stores",
                  "Give the value in the file.");
    }
    return {};
  }

  // Every account gets the name of a store that there is.
  Status ChooseStores() {
    const Setting& store = *FindEntrySetting(Section::kAccount, "store");
    std::vector<std::string_view> names;
    for (const StoreConfig& one : loaded_.config.stores) names.push_back(one.name);
    for (std::size_t entry = 0; entry < loaded_.config.accounts.size(); ++entry) {
      AccountConfig& account = loaded_.config.accounts[entry];
      if (account.store.empty() && names.size() == 1) {
        account.store = std::string(names.front());
        continue;
      }
      const std::string name = loaded_.NameOf(store, entry);
      if (account.store.empty()) {
        return Fail(Errc::kConfigInvalid, name + ": has no value, and there are several stores",
                    "Name the store that takes the backups of account " + account.name + ".");
      }
      if (std::find(names.begin(), names.end(), account.store) != names.end()) continue;
      const std::string_view nearest = NearestName(account.store, names);
      return Fail(Errc::kConfigInvalid, name + ": no store is called " + account.store,
                  nearest.empty() ? "Name an entry of stores."
                                  : "Did you mean " + std::string(nearest) + "?");
    }
    return {};
  }

  const FlagValues& flags_;
  const Environment& environment_;
  std::string file_name_;
  ConfigFile file_;
  std::optional<std::size_t> chosen_account_;  // its place in the file
  LoadedConfig loaded_;
};

}  // namespace

std::string LoadedConfig::NameOf(const Setting& setting, std::size_t entry) const {
  const Section section = setting.section();
  const bool in_entry = (section == Section::kAccount && has_accounts) ||
                        (section == Section::kStore && has_stores) || setting.key.empty();
  return in_entry ? EntryPath(setting, entry) : std::string(setting.key);
}

ValueOrigin LoadedConfig::OriginOf(const Setting& setting, std::size_t entry) const {
  const auto found = origins.find(NameOf(setting, entry));
  return found == origins.end() ? ValueOrigin{} : found->second;
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
