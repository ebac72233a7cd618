#include "service/config/check.h"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace jetkeep {
namespace {

Status CheckAccount(const LoadedConfig& loaded, std::size_t entry) {
  const AccountConfig& account = loaded.config.accounts[entry];
  const auto name = [&](std::string_view key) {
    return loaded.NameOf(*FindEntrySetting(Section::kAccount, key), entry);
  };
  if (account.tls_cert.empty() != account.tls_key.empty()) {
    return Fail(Errc::kConfigInvalid,
                name("tls.cert") + " and " + name("tls.key") + " belong together",
                "Give both or neither.");
  }
  if (!account.js_domain.empty() && !account.js_api_prefix.empty()) {
    return Fail(Errc::kConfigInvalid,
                name("js_domain") + " and " + name("js_api_prefix") + " exclude each other",
                "Give one of them.");
  }
  return {};
}

// Below this servers would wait too long for the next chunk.
constexpr std::uint64_t kSlowestTransfer = 1024 * 1024;

Status CheckRate(const std::string& name, std::uint64_t rate) {
  if (rate == 0 || rate >= kSlowestTransfer) return {};
  return Fail(Errc::kConfigInvalid, name + " is below 1MiB",
              "Use 0 for no bound, or 1MiB and more.");
}

// Below this a restore beside a backup would be given up by its server.
constexpr std::uint64_t kSlowestStore = 4 * 1024 * 1024;

Status CheckStore(const LoadedConfig& loaded, std::size_t entry) {
  const std::uint64_t rate = loaded.config.stores[entry].bytes_per_second;
  if (rate == 0 || rate >= kSlowestStore) return {};
  const Setting& setting = *FindEntrySetting(Section::kStore, "bytes_per_second");
  return Fail(Errc::kConfigInvalid, loaded.NameOf(setting, entry) + " is below 4MiB",
              "Use 0 for no bound, or 4MiB and more.");
}

}  // namespace

Status CheckFaces(const Config& config) {
  const auto login_of = [](const AccountConfig& one) {
    std::vector<std::string> servers = one.servers;
    std::sort(servers.begin(), servers.end());
    return std::tuple(std::move(servers), one.user, one.token, one.creds, one.nkey, one.jwt,
                      one.tls_cert);
  };
  for (std::size_t i = 0; i < config.accounts.size(); ++i) {
    const AccountConfig& later = config.accounts[i];
    if (later.control == "none") continue;
    for (std::size_t j = 0; j < i; ++j) {
      const AccountConfig& earlier = config.accounts[j];
      if (earlier.control == "none" || login_of(earlier) != login_of(later)) continue;
      return Fail(Errc::kConfigInvalid,
                  "accounts " + earlier.name + " and " + later.name +
                      " have the same servers and login, and both take requests: a request would "
                      "reach one of them by chance",
                  "Give one of them `control: all` and the other `control: none`.");
    }
  }
  return {};
}

Status CheckTogether(const LoadedConfig& loaded) {
  const Config& config = loaded.config;
  for (std::size_t entry = 0; entry < config.accounts.size(); ++entry) {
    JETKEEP_TRY(CheckAccount(loaded, entry));
  }
  for (std::size_t entry = 0; entry < config.stores.size(); ++entry) {
    JETKEEP_TRY(CheckStore(loaded, entry));
  }
  if (config.snapshot_chunk != 0 && config.snapshot_chunk < 1024) {
    return Fail(Errc::kConfigInvalid, "backup.chunk_size is below 1KiB",
                "Use 0, which suits the link, or 1KiB to 1MiB.");
  }
  if (config.snapshot_window != 0 && config.snapshot_window < 1024) {
    return Fail(Errc::kConfigInvalid, "backup.window_size is below 1KiB",
                "Use 0 for the server's choice or 1KiB to 32MiB.");
  }
  JETKEEP_TRY(CheckRate("backup.bytes_per_second", config.backup_rate));
  JETKEEP_TRY(CheckRate("restore.bytes_per_second", config.restore_rate));
  if (config.retry_first_delay > config.retry_max_delay) {
    return Fail(Errc::kConfigInvalid, "retry.first_delay is longer than retry.max_delay",
                "Raise retry.max_delay.");
  }
  return {};
}

}  // namespace jetkeep
