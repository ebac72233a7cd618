#include "service/setup/check_served.h"

#include <algorithm>

#include "protocol/control/subjects.h"
#include "service/config/check.h"
#include "service/setup/connection_settings.h"

namespace jetkeep {

Status CheckServed(const Config& config) {
  JETKEEP_TRY(CheckPrefix(config.subject_prefix));
  const bool any = std::any_of(config.accounts.begin(), config.accounts.end(),
                               [](const AccountConfig& one) { return one.control != "none"; });
  if (!any) {
    return Fail(Errc::kConfigInvalid, "no account takes requests: control is none everywhere",
                "Leave `control` out of one of the accounts, or set it to all.");
  }
  JETKEEP_TRY(CheckFaces(config));
  for (const AccountConfig& account : config.accounts) {
    const auto usable = ConnectionOptionsFrom(account);
    if (usable) continue;
    // An error about one of several says which.
    if (config.accounts.size() == 1) return Fail(usable.error());
    return Fail(Error(usable.error()).Within("account " + account.name));
  }
  return {};
}

}  // namespace jetkeep
