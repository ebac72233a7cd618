// Opens the repository that the configuration of a store names.
//
// Ownership: an OpenedRepository holds what its repository needs; it must outlive the engines over
// it. Thread-safety: as Repository.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/store.h"
#include "service/config/config.h"
#include "service/repository/repository.h"

namespace jetkeep {

// A store, and what the repositories on it share.
struct OpenedStore {
  // The store, and each layer around the one before; the last is used.
  std::vector<std::unique_ptr<Store>> layers;
  Store& store() const { return *layers.back(); }

  std::unique_ptr<BlockWorkers> workers;
};

// In the order in which its parts must be taken down.
struct OpenedRepository {
  std::shared_ptr<OpenedStore> place;  // may be that of other accounts' repositories, too
  Store& store() const { return place->store(); }

  std::unique_ptr<Repository> repository;
};

// For the backups of one account; makes store and repository if they are absent. `place`: the store
// of the account, where that is open already.
Result<std::unique_ptr<OpenedRepository>> OpenForAccount(const Config& config,
                                                         const AccountConfig& account,
                                                         std::shared_ptr<OpenedStore> place = {});

// For commands that read a repository themselves: one account, or (empty) all of them, of the store
// of the configuration's first account. Makes nothing; kRepositoryMissing if there is none.
Result<std::unique_ptr<OpenedRepository>> OpenForReading(const Config& config,
                                                         const std::string& account = {});

}  // namespace jetkeep
