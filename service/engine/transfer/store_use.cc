#include "service/engine/transfer/store_use.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>
#include <vector>

#include "service/engine/transfer/server_process.h"
#include "service/engine/transfer/staged_folder.h"

namespace jetkeep {
namespace {

namespace fs = std::filesystem;

bool IsProcess(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char character) {
    return std::isdigit(character) != 0;
  });
}

std::string NameOfProcess(const fs::path& process) {
  std::string name;
  std::ifstream file(process / "comm");
  std::getline(file, name);
  return name.empty() ? "a process" : name;
}

void Add(Blake2bHasher& hasher, const std::string& path, const struct stat& about) {
  hasher.Update(path);
  for (const long long number :
       {static_cast<long long>(about.st_ino), static_cast<long long>(about.st_size),
        static_cast<long long>(about.st_mtim.tv_sec), static_cast<long long>(about.st_mtim.tv_nsec),
        static_cast<long long>(about.st_ctim.tv_sec),
        static_cast<long long>(about.st_ctim.tv_nsec)}) {
    hasher.Update("/" + std::to_string(number));
  }
}

}  // namespace

StoreUsers FindUsers(const std::string& folder) {
  StoreUsers users;
  std::error_code error;
  const std::string inside = fs::canonical(folder, error).string() + "/";
  if (error) return {{}, true};
  const std::string self = std::to_string(getpid());
  const std::vector<FileIdentity> store = StoreIdentities(folder);
  fs::directory_iterator processes("/proc", error);
  if (error) return {{}, true};
  for (; processes != fs::directory_iterator(); processes.increment(error)) {
    if (error) return {{}, true};
    const fs::path process = processes->path();
    const std::string number = process.filename().string();
    if (!IsProcess(number) || number == self) continue;
    ServerSight server = LookAtServer(process, store);
    users.hidden |= server.hidden;
    if (!server.seen.empty()) {
      users.seen = std::move(server.seen);
      return users;
    }
    std::error_code away;
    fs::directory_iterator files(process / "fd", away);
    if (away) {
      // One that has ended meanwhile has nothing open.
      users.hidden |= away != std::errc::no_such_file_or_directory;
      continue;
    }
    for (; !away && files != fs::directory_iterator(); files.increment(away)) {
      std::error_code closed;
      const std::string open = fs::read_symlink(files->path(), closed).string();
      if (closed || !open.starts_with(inside)) continue;
      users.seen = NameOfProcess(process) + " (process " + number + ") has " + open + " open";
      return users;
    }
  }
  return users;
}

Result<Digest> LookAt(const std::string& folder, const std::set<std::string>& but_for) {
  Blake2bHasher hasher;
  std::vector<std::string> paths;
  const auto failure = [&](const std::error_code& error) {
    return Fail(Errc::kStorageError, "cannot read all of " + folder + ": " + error.message());
  };
  std::error_code error;
  fs::recursive_directory_iterator entries(folder, error);
  if (error) return failure(error);
  for (; entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    if (error) return failure(error);
    if (IsStagedName(entries->path().filename().string()) ||
        but_for.contains(entries->path().string())) {
      entries.disable_recursion_pending();
      continue;
    }
    paths.push_back(entries->path().string());
  }
  if (error) return failure(error);
  std::sort(paths.begin(), paths.end());
  for (const std::string& path : paths) {
    struct stat about {};
    if (lstat(path.c_str(), &about) != 0) {
      hasher.Update(path);  // gone since: another look differs
      continue;
    }
    if (!S_ISDIR(about.st_mode)) Add(hasher, path, about);
  }
  return hasher.Finish();
}

}  // namespace jetkeep
