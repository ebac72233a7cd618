#include "service/cli/copy_ends.h"

#include <utility>

namespace jetkeep {
namespace {

bool IsNamed(const LoadedConfig& loaded, std::size_t entry) {
  const Setting& name = *FindEntrySetting(Section::kAccount, "name");
  return loaded.has_accounts || loaded.OriginOf(name, entry).origin != Origin::kDefault;
}

Environment WithoutSettings(const Environment& environment) {
  Environment::Variables variables;
  for (const auto& [name, value] : environment.variables()) {
    if (!name.starts_with("NATS_") && !name.starts_with("JETKEEP_")) variables[name] = value;
  }
  return Environment(std::move(variables));
}

constexpr const char* kTimeout = "nats.timeout";

}  // namespace

Result<LoadedConfig> LoadAllAccounts(const LoadedConfig& loaded, const Environment& environment) {
  // Without a list, the variable names the only account.
  if (!loaded.has_accounts) return loaded;
  Environment::Variables variables = environment.variables();
  variables.erase("JETKEEP_ACCOUNT");
  return LoadConfig(loaded.given, Environment(std::move(variables)));
}

Result<AccountConfig> FindEnd(const LoadedConfig& loaded, const Environment& environment,
                              const std::string& name) {
  std::string known;
  for (std::size_t entry = 0; entry < loaded.config.accounts.size(); ++entry) {
    const AccountConfig& account = loaded.config.accounts[entry];
    if (!IsNamed(loaded, entry)) continue;
    if (account.name == name) return account;
    known += (known.empty() ? "" : ", ") + account.name;
  }
  FlagValues flags;
  flags.settings["nats.context"] = {name};
  if (const auto given = loaded.given.settings.find(kTimeout);
      given != loaded.given.settings.end()) {
    flags.settings[kTimeout] = given->second;
  }
  Result<LoadedConfig> context = LoadConfig(flags, WithoutSettings(environment));
  if (context) return context->config.account();
  Error error = std::move(context).error();
  if (!known.empty()) error.message += "; the configuration has the accounts " + known;
  return Fail(std::move(error));
}

}  // namespace jetkeep
