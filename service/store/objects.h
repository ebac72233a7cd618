// Small helpers over a Store. Thread-safety: as Store says.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/store.h"

namespace jetkeep {

// A whole object at once. kObjectExists if the key is taken. kDurable: the name is on stable
// storage, too.
Status PutNew(Store& store, const std::string& key, std::string_view bytes,
              Durability durability = Durability::kDurable);

Result<std::vector<StoreEntry>> ListAll(Store& store, const std::string& prefix,
                                        const ListOptions& options = {});

// At most `most` bytes from the front.
Result<std::string> ReadFront(const ObjectReader& object, std::uint64_t most);

// The prefix of a key: all but its last part.
std::string PrefixOf(const std::string& key);

}  // namespace jetkeep
