#include "service/repository/restored_streams.h"

#include <algorithm>
#include <utility>

#include "protocol/repository/layout.h"
#include "service/repository/catalogue.h"

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
  JETKEEP_TRY(files.MakeDirectories(directory));
  JETKEEP_ASSIGN(const auto file, files.Create(directory + "/" + RestoredName(id)));
  JETKEEP_TRY(file->Sync());
  JETKEEP_TRY(file->Close());
  return files.SyncDirectory(directory);
}

Result<std::string> NewestRestore(FileSystem& files, const std::string& account,
                                  const std::string& stream) {
  const std::string directory = EncodeName(account) + "/" + EncodeName(stream);
  JETKEEP_ASSIGN(const std::vector<std::string> ids, Marks(files, directory));
  return ids.empty() ? std::string() : *std::max_element(ids.begin(), ids.end());
}

Result<std::uint64_t> RemoveRestoredMarks(FileSystem& files, const std::string& stream_directory,
                                          const std::string& id) {
  JETKEEP_ASSIGN(const std::vector<std::string> ids, Marks(files, stream_directory));
  std::uint64_t removed = 0;
  for (const std::string& mark : ids) {
    if (!id.empty() && mark > id) continue;
    JETKEEP_TRY(files.Remove(stream_directory + "/" + RestoredName(mark)));
    ++removed;
  }
  return removed;
}

}  // namespace jetkeep
