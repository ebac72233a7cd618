#include "service/store/objects.h"

#include <algorithm>
#include <utility>

namespace jetkeep {

Status PutNew(Store& store, const std::string& key, std::string_view bytes, Durability durability) {
  JETKEEP_ASSIGN(const auto writer, store.Create(key));
  if (!bytes.empty()) JETKEEP_TRY(writer->Append(bytes));
  JETKEEP_TRY(writer->Commit(durability));
  return durability == Durability::kDurable ? store.Flush(PrefixOf(key)) : Status{};
}

Result<std::vector<StoreEntry>> ListAll(Store& store, const std::string& prefix,
                                        const ListOptions& options) {
  std::vector<StoreEntry> entries;
  JETKEEP_TRY(store.List(prefix, options, [&](StoreEntry entry) -> Status {
    entries.push_back(std::move(entry));
    return {};
  }));
  return entries;
}

Result<std::string> ReadFront(const ObjectReader& object, std::uint64_t most) {
  std::string bytes(static_cast<std::size_t>(std::min(most, object.size())), '\0');
  if (!bytes.empty()) JETKEEP_TRY(object.ReadAt(0, bytes.size(), bytes.data()));
  return bytes;
}

std::string PrefixOf(const std::string& key) {
  const auto slash = key.rfind('/');
  return slash == std::string::npos ? std::string() : key.substr(0, slash);
}

}  // namespace jetkeep
