#include "service/repository/restored_streams.h"

#include <algorithm>
#include <utility>

#include "protocol/repository/layout.h"
#include "service/store/objects.h"

namespace jetkeep {
namespace {

Result<std::vector<std::string>> Marks(Store& store, const std::string& stream_directory) {
  std::vector<std::string> ids;
  JETKEEP_ASSIGN(const auto entries, ListAll(store, stream_directory));
  for (const StoreEntry& entry : entries) {
    if (auto id = ParseRestoredName(entry.name)) ids.push_back(*std::move(id));
  }
  return ids;
}

}  // namespace

Status MarkRestored(Store& store, const std::string& account, const std::string& stream,
                    const std::string& id) {
  JETKEEP_ASSIGN(const LineagePath place, LineagePath::Make(account, stream, id));
  const std::string& directory = place.stream_directory();
  JETKEEP_ASSIGN(const std::vector<std::string> before, Marks(store, directory));
  JETKEEP_TRY(PutNew(store, directory + "/" + RestoredName(id), ""));
  // Only the newest counts. One that stays is in nobody's way.
  for (const std::string& mark : before) {
    if (mark < id) static_cast<void>(store.Remove(directory + "/" + RestoredName(mark)));
  }
  return {};
}

Result<std::string> NewestRestore(Store& store, const std::string& account,
                                  const std::string& stream) {
  const std::string directory = EncodeName(account) + "/" + EncodeName(stream);
  JETKEEP_ASSIGN(const std::vector<std::string> ids, Marks(store, directory));
  return ids.empty() ? std::string() : *std::max_element(ids.begin(), ids.end());
}

void RemoveRestoredMarks(Store& store, const std::string& stream_directory) {
  const auto ids = Marks(store, stream_directory);
  if (!ids) return;
  for (const std::string& mark : *ids) {
    static_cast<void>(store.Remove(stream_directory + "/" + RestoredName(mark)));
  }
}

}  // namespace jetkeep
