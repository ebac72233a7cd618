// ServedAccounts: configured accounts that somebody works for, by name: all of a service, or those
// that the clients of one connection may ask for. Immutable, so any thread may look.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jetkeep/engine.h"
#include "jetkeep/error.h"

namespace jetkeep {

class JobHistory;

// What is pointed to outlives whoever holds this.
struct ServedAccount {
  std::string name;
  Engine* engine = nullptr;
  const JobHistory* history = nullptr;  // of its jobs; null: none is kept
  std::string repository = {};          // the id of its repository; empty: not known
  // The engine that restores this account's backups into another one; any thread.
  using Into = std::function<Result<Engine*>(const std::string& target)>;
  Into into = {};

  // target: an account; empty: this one. kAccountNotFound.
  Result<Engine*> EngineFor(const std::string& target) const {
    if (target.empty() || target == name) return engine;
    if (into) return into(target);
    return Fail(Errc::kAccountNotFound, "this service has no other account to restore into");
  }
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
    return Fail(Errc::kAccountNotFound,
                "no account " + std::string(name) + " can be asked for here",
                "These can: " + known + ".");
  }
  bool Has(std::string_view name) const {
    return std::any_of(accounts_.begin(), accounts_.end(),
                       [&](const ServedAccount& account) { return account.name == name; });
  }
  const ServedAccount& first() const { return accounts_.front(); }
  const std::vector<ServedAccount>& all() const { return accounts_; }

 private:
  const std::vector<ServedAccount> accounts_;
};

}  // namespace jetkeep
