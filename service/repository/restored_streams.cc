#include "service/repository/restored_streams.h"

#include <algorithm>
#include <utility>

#include "protocol/repository/layout.h"
#include "service/repository/catalog.h"

namespace jetkeep {
namespace {

Result<std::vector<std::string>> Marks(FileSystem& files, const std::string& stream_directory) {
  std::vector<std::string> ids;
  JETKEEP_ASSIGN(const auto entries, ListIfThere(files, stream_directory));
  for (const DirectoryEntry& entry : entries) {
    if (auto id = ParseRestoredName(entry.name)) ids.push_back(*std::move(id));
  }
  return ids;
}

}  // namespace

Status MarkRestored(FileSystem& files, const std::string& account, const std::string& stream,
                    const std::string& id) {
  JETKEEP_ASSIGN(const LineagePath place, LineagePath::Make(account, stream, id));
  const std::string& directory = place.stream_directory();
  JETKEEP_ASSIGN(const std::vector<std::string> before, Marks(files, directory));
  JETKEEP_TRY(files.MakeDirectories(directory));
  JETKEEP_ASSIGN(const auto file, files.Create(directory + "/" + RestoredName(id)));
  JETKEEP_TRY(file->Sync());
  JETKEEP_TRY(file->Close());
  JETKEEP_TRY(files.SyncDirectory(directory));
  // Only the newest counts. One that stays is in nobody's way.
  for (const std::string& mark : before) {
    if (mark < id) static_cast<void>(files.Remove(directory + "/" + RestoredName(mark)));
  }
  return {};
}

Result<std::string> NewestRestore(FileSystem& files, const std::string& account,
                                  const std::string& stream) {
  const std::string directory = EncodeName(account) + "/" + EncodeName(stream);
  JETKEEP_ASSIGN(const std::vector<std::string> ids, Marks(files, directory));
  return ids.empty() ? std::string() : *std::max_element(ids.begin(), ids.end());
}

void RemoveRestoredMarks(FileSystem& files, const std::string& stream_directory) {
  const auto ids = Marks(files, stream_directory);
  if (!ids) return;
  for (const std::string& mark : *ids) {
    static_cast<void>(files.Remove(stream_directory + "/" + RestoredName(mark)));
  }
}

}  // namespace jetkeep
