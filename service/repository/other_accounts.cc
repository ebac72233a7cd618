#include "service/repository/other_accounts.h"

#include <algorithm>
#include <utility>

#include "protocol/repository/layout.h"
#include "service/store/objects.h"

namespace jetkeep {

std::vector<std::string> AccountsInstead(Store& store, const std::string& account) {
  std::vector<std::string> accounts;
  const auto entries = ListAll(store, "", {});
  if (!entries) return accounts;
  for (const StoreEntry& entry : *entries) {
    if (IsRootFile(entry.name) || !IsEncodedName(entry.name)) continue;
    auto name = DecodeName(entry.name);
    if (name && *name == account) return {};
    if (name) accounts.push_back(*std::move(name));
  }
  std::sort(accounts.begin(), accounts.end());
  return accounts;
}

}  // namespace jetkeep
