#include "service/config/login.h"

#include <algorithm>
#include <array>
#include <utility>

namespace jetkeep {
namespace {

struct Way {
  std::array<std::string_view, 2> keys;  // the same twice: a way with one value
  std::array<std::string AccountConfig::*, 2> fields;
};

constexpr std::array<Way, 5> kWays{
    {{{"user", "password"}, {&AccountConfig::user, &AccountConfig::password}},
     {{"token", "token"}, {&AccountConfig::token, &AccountConfig::token}},
     {{"creds", "creds"}, {&AccountConfig::creds, &AccountConfig::creds}},
     {{"nkey", "nkey"}, {&AccountConfig::nkey, &AccountConfig::nkey}},
     {{"jwt", "seed"}, {&AccountConfig::jwt, &AccountConfig::seed}}}};

class LoginOfAccount {
 public:
  LoginOfAccount(LoadedConfig& loaded, std::size_t entry)
      : loaded_(loaded), entry_(entry), account_(loaded.config.accounts[entry]) {}

  Status Settle() {
    const Way& winner = *std::max_element(
        kWays.begin(), kWays.end(),
        [&](const Way& a, const Way& b) { return HighestSource(a) < HighestSource(b); });
    const Origin highest = HighestSource(winner);
    if (highest == Origin::kDefault) return {};
    for (const Way& way : kWays) {
      if (&way == &winner) continue;
      if (HighestSource(way) == highest) {
        return Fail(Errc::kConfigInvalid,
                    NameOf(winner.keys[0]) + " and " + NameOf(way.keys[0]) + " are both set (" +
                        SourceOf(winner, highest) + ", " + SourceOf(way, highest) + ")",
                    "Give one way to authenticate: user and password, token, creds, nkey, or jwt "
                    "and seed.");
      }
      for (std::size_t i = 0; i < way.keys.size(); ++i) {
        (account_.*way.fields[i]).clear();
        loaded_.origins.erase(NameOf(way.keys[i]));
      }
    }
    return CheckHalves();
  }

  Status Resolve(const Environment& environment) {
    for (const auto& [key, field] : {std::pair<std::string_view, std::string AccountConfig::*>{
                                         "password", &AccountConfig::password},
                                     {"token", &AccountConfig::token},
                                     {"jwt", &AccountConfig::jwt},
                                     {"seed", &AccountConfig::seed}}) {
      if (auto path = SecretPath(account_.*field, environment)) {
        account_.secret_files.push_back({field, *std::move(path)});
      }
      Result<std::string> secret = ResolveSecret(account_.*field, environment);
      if (!secret) return Fail(std::move(secret).error().Within(NameOf(key)));
      account_.*field = *std::move(secret);
    }
    return {};
  }

 private:
  const Setting& SettingOf(std::string_view key) const {
    return *FindEntrySetting(Section::kAccount, key);
  }
  std::string NameOf(std::string_view key) const { return loaded_.NameOf(SettingOf(key), entry_); }

  Origin OriginOf(const Way& way, std::size_t i) const {
    if ((account_.*way.fields[i]).empty()) return Origin::kDefault;
    return loaded_.OriginOf(SettingOf(way.keys[i]), entry_).origin;
  }
  Origin HighestSource(const Way& way) const {
    return std::max(OriginOf(way, 0), OriginOf(way, 1));
  }
  std::string SourceOf(const Way& way, Origin origin) const {
    const std::size_t i = OriginOf(way, 0) == origin ? 0 : 1;
    return DescribeOrigin(loaded_.OriginOf(SettingOf(way.keys[i]), entry_));
  }

  Status CheckHalves() {
    if (!account_.user.empty() && account_.password.empty()) {
      account_.token = std::exchange(account_.user, "");
      loaded_.origins[NameOf("token")] = std::exchange(loaded_.origins[NameOf("user")], {});
    }
    if (account_.user.empty() && !account_.password.empty()) {
      return Fail(Errc::kConfigInvalid, NameOf("password") + " is set without " + NameOf("user"),
                  "Give the user as well.");
    }
    if (account_.jwt.empty() && !account_.seed.empty()) {
      return Fail(Errc::kConfigInvalid, NameOf("seed") + " is set without " + NameOf("jwt"),
                  "Give the JWT as well, or put the seed into a file and name it by nkey.");
    }
    return {};
  }

  LoadedConfig& loaded_;
  const std::size_t entry_;
  AccountConfig& account_;
};

}  // namespace

Status SettleLogin(LoadedConfig& loaded, std::size_t entry, const Environment& environment) {
  LoginOfAccount login(loaded, entry);
  JETKEEP_TRY(login.Settle());
  return login.Resolve(environment);
}

}  // namespace jetkeep
