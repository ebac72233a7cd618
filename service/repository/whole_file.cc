#include "service/repository/whole_file.h"

namespace jetkeep {

Status WriteWholeFile(FileSystem& files, const std::string& temporary, const std::string& path,
                      const std::string& directory, std::string_view bytes) {
  const auto write = [&]() -> Status {
    JETKEEP_ASSIGN(const auto file, files.Create(temporary));
    JETKEEP_TRY(file->Append(bytes));
    JETKEEP_TRY(file->Sync());
    JETKEEP_TRY(file->Close());
    JETKEEP_TRY(files.Rename(temporary, path));
    return files.SyncDirectory(directory);
  };
  Status written = write();
  if (!written) static_cast<void>(files.Remove(temporary));
  return written;
}

}  // namespace jetkeep
