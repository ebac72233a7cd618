// Sets: the documents that say which backups belong together. FORMAT.md, "Sets". Thread-safety: all
// members may be called from any thread, and several processes may keep sets in one store. The
// store outlives it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/set.h"
#include "jetkeep/store.h"

namespace jetkeep {

class Sets {
 public:
  explicit Sets(Store& store) : store_(store) {}

  // Newest first.
  Result<std::vector<std::string>> Ids();
  // An id above all that are there.
  Result<std::string> NewId(std::int64_t now_ns, std::uint64_t random);
  // The set is there as a whole, or not at all.
  Status Add(const SetDetails& set);
  Result<bool> Has(const std::string& set_id);
  // kSetNotFound, kRepositoryCorrupt. `pinned` is left to the caller.
  Result<SetDetails> Load(const std::string& set_id);
  // Those of the account; empty: of all accounts. A set that cannot be read is a warning.
  Result<SetListing> List(const std::string& account);
  // All sets, the newest first; those that cannot be read are passed over, with the reason.
  // kCancelled.
  Status ForEach(const std::function<void(const SetDetails&)>& set,
                 const std::function<void(const Error&)>& unreadable, const CancelToken& cancel);
  // The sets that name the backup, also those whose document is damaged. Fails if one cannot be
  // read.
  Result<std::vector<std::string>> Naming(const std::string& backup_id);
  // Of `backup_ids` those that sets name, and the sets that name each.
  Result<std::map<std::string, std::vector<std::string>>> NamingEach(
      const std::vector<std::string>& backup_ids);
  // Those of `backup_ids` that a set besides `set_id` names.
  Result<std::set<std::string>> NamedByOthers(const std::string& set_id,
                                              const std::vector<std::string>& backup_ids);
  Status Remove(const std::string& set_id);
  // Removes what ended writers of sets and pins left; how many there were.
  Result<std::uint64_t> RemoveUnfinished();

 private:
  // Nothing if there is no such set.
  Result<std::string> Read(const std::string& set_id);

  Store& store_;
};

}  // namespace jetkeep
