// ServedAccounts: the configured accounts that a service works for, by name. Immutable, so any
// thread may look.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jetkeep/engine.h"
#include "jetkeep/error.h"

namespace jetkeep {

// The engine outlives whoever holds this.
struct ServedAccount {
  std::string name;
  Engine* engine = nullptr;
};

class ServedAccounts {
 public:
  // REQUIRES: at least one; names are unique. The first is meant where none is named.
  explicit ServedAccounts(std::vector<ServedAccount> accounts) : accounts_(std::move(accounts)) {}

  // kAccountNotFound names those that there are.
  Result<const ServedAccount*> Find(std::string_view name) const {
    if (name.empty()) return &accounts_.front();
    std::string known;
    for (const ServedAccount& account : accounts_) {
      if (account.name == name) return &account;
      known += (known.empty() ? "" : ", ") + account.name;
    }
    return Fail(Errc::kAccountNotFound, "this service has no account " + std::string(name),
                "It works for: " + known + ".");
  }

 private:
  const std::vector<ServedAccount> accounts_;
};

}  // namespace jetkeep
