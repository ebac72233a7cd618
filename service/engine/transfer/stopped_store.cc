#include "service/engine/transfer/stopped_store.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include "protocol/base/join.h"
#include "protocol/v1/meta.h"
#include "service/engine/transfer/source_folder.h"
#include "service/engine/transfer/store_layout.h"
#include "service/engine/transfer/store_use.h"

namespace jetkeep {
namespace {

constexpr std::string_view kJetStream = "jetstream";
constexpr std::string_view kDefaultAccount = "$G";
constexpr std::uint64_t kMostMetaBytes = std::uint64_t{16} << 20;
constexpr std::size_t kMostNamed = 10;

bool IsFolder(const std::string& path) {
  struct stat about {};
  return lstat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

std::string WithoutSlashes(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

// A server follows links, and what they lead to may be anywhere, in anybody's use.
Result<std::vector<std::string>> FoldersIn(const SourceFolder& folder, const std::string& path) {
  JETKEEP_ASSIGN(FolderNames names, NamesIn(folder));
  if (!names.links.empty()) {
    return Fail(Errc::kUsage, path + "/" + names.links.front() + " is a symbolic link",
                "Jetkeep does not follow it, and cannot tell whether a server uses what it leads "
                "to. Put the folder itself there, or mount it.");
  }
  std::erase_if(names.folders, [](const std::string& name) { return IsStagedName(name); });
  return std::move(names.folders);
}

tl::unexpected<Error> InUse(const std::string& what) {
  return Fail(Errc::kJobConflict, what, "Stop the server. Nothing was written.");
}

tl::unexpected<Error> NotSaid(const std::string& directory, bool hidden) {
  return Fail(Errc::kJobConflict,
              std::string("no server was seen that uses ") + directory +
                  (hidden ? ", but some processes of this host cannot be looked at"
                          : ", but one in another container or on another host would not be seen"),
              "Servers take no lock on their store. Stop the server, then add --server-stopped.");
}

Status MakeFolder(const std::string& path, const StagedAccess& access) {
  if (mkdir(path.c_str(), 0700) != 0) {
    if (errno == EEXIST) return {};
    return Fail(Errc::kStorageError,
                "cannot make " + path + ": " + std::generic_category().message(errno));
  }
  const auto& owner = access.owner;
  if (chmod(path.c_str(), access.folder_mode) != 0 ||
      (owner && lchown(path.c_str(), owner->user, owner->group) != 0)) {
    return Fail(Errc::kStorageError, "cannot set owner and mode of " + path + ": " +
                                         std::generic_category().message(errno));
  }
  return {};
}

}  // namespace

Result<StoppedStore> StoppedStore::Open(const StoppedStoreSpec& spec) {
  StoppedStore store;
  JETKEEP_TRY(store.Find(spec));
  JETKEEP_TRY(store.ChooseAccount(spec.account));
  JETKEEP_TRY(store.ReadAccess());
  JETKEEP_ASSIGN(store.looks_, LookAt(store.directory_));
  std::this_thread::sleep_for(spec.watch);
  JETKEEP_TRY(store.CheckUnused());
  if (!spec.server_stopped) return NotSaid(store.directory_, FindUsers(store.directory_).hidden);
  JETKEEP_TRY(store.ReadStreams());
  return store;
}

Status StoppedStore::Find(const StoppedStoreSpec& spec) {
  directory_ = WithoutSlashes(spec.directory);
  if (!IsFolder(directory_)) {
    return Fail(Errc::kUsage, directory_ + " is no directory",
                "Give the store_dir of the server's configuration.");
  }
  jetstream_ = directory_ + "/" + std::string(kJetStream);
  if (!IsFolder(jetstream_)) {
    std::error_code error;
    const bool empty = std::filesystem::is_empty(directory_, error);
    if (error || !empty) {
      return Fail(Errc::kUsage,
                  directory_ + " is not the data directory of a server: it has no folder jetstream",
                  "Give the store_dir of the server's configuration, or an empty directory.");
    }
  }
  return {};
}

Status StoppedStore::ChooseAccount(const std::string& wanted) {
  std::vector<std::string> accounts;
  if (IsFolder(jetstream_)) {
    JETKEEP_ASSIGN(const SourceFolder folder, SourceFolder::Open(jetstream_));
    JETKEEP_ASSIGN(accounts, FoldersIn(folder, jetstream_));
    for (const std::string& account : accounts) {
      JETKEEP_ASSIGN(const SourceFolder own, folder.OpenFolder(account));
      if (!HasRaftLogs(own)) continue;
      return Fail(Errc::kRestoreRefused, directory_ + " belongs to a server of a cluster",
                  "A cluster's own log decides which streams there are. Start the cluster, and "
                  "restore the stream to it.");
    }
  }
  std::erase(accounts, kSystemAccountFolder);
  account_ = wanted;
  if (wanted.empty()) {
    if (accounts.size() > 1) {
      return Fail(Errc::kUsage,
                  directory_ + " holds several accounts: " + JoinFirst(accounts, kMostNamed),
                  "Choose one with --store-account.");
    }
    account_ = accounts.empty() ? std::string(kDefaultAccount) : accounts.front();
  } else if (wanted == kSystemAccountFolder || wanted == "." || wanted == ".." ||
             wanted.find('/') != std::string::npos) {
    return Fail(Errc::kUsage, "no account can have the folder " + wanted);
  } else if (std::find(accounts.begin(), accounts.end(), wanted) == accounts.end()) {
    warnings_.push_back("the server has kept nothing for account " + wanted +
                        " so far: look whether its folder has that name (an account of a JWT has "
                        "its public key)");
  }
  const std::string account_folder = jetstream_ + "/" + account_;
  streams_folder_ = account_folder + "/streams";
  if (!IsFolder(account_folder)) return {};
  JETKEEP_ASSIGN(const SourceFolder own, SourceFolder::Open(account_folder));
  const auto inside = FoldersIn(own, account_folder);
  if (!inside) return Fail(inside.error());
  return {};
}

Status StoppedStore::ReadAccess() {
  std::string nearest = streams_folder_;
  while (nearest != directory_ && !IsFolder(nearest)) nearest.resize(nearest.rfind('/'));
  struct stat about {};
  if (stat(nearest.c_str(), &about) != 0) {
    return Fail(Errc::kStorageError,
                "cannot look at " + nearest + ": " + std::generic_category().message(errno));
  }
  constexpr mode_t kNotForFiles = 0111;
  access_.folder_mode = nearest == directory_ ? 0750 : about.st_mode & 0777;
  access_.file_mode = access_.folder_mode & ~kNotForFiles;
  access_.owner = StagedOwner{about.st_uid, about.st_gid};
  return {};
}

Status StoppedStore::ReadStreams() {
  if (!IsFolder(streams_folder_)) return {};
  JETKEEP_ASSIGN(const SourceFolder folder, SourceFolder::Open(streams_folder_));
  JETKEEP_ASSIGN(const std::vector<std::string> names, FoldersIn(folder, streams_folder_));
  std::vector<std::string> unread;
  for (const std::string& name : names) {
    LiveStream stream{name, {}};
    const auto config = [&]() -> Result<StreamConfigFacts> {
      JETKEEP_ASSIGN(const SourceFolder own, folder.OpenFolder(name));
      JETKEEP_ASSIGN(const std::string meta, own.ReadWhole("meta.inf", kMostMetaBytes));
      JETKEEP_ASSIGN(const v1::Meta parsed, v1::ParseStreamMeta(meta));
      return ReadStreamConfig(parsed.config_json);
    }();
    if (config) {
      stream.config = *config;
    } else {
      unread.push_back(name);
    }
    streams_.push_back(std::move(stream));
  }
  if (!unread.empty()) {
    warnings_.push_back(
        "the configurations of streams cannot be read (an encrypted store?), so "
        "whether their subjects overlap is not known: " +
        JoinFirst(unread, kMostNamed));
  }
  return {};
}

Status StoppedStore::Prepare() const {
  JETKEEP_TRY(MakeFolder(jetstream_, access_));
  JETKEEP_TRY(MakeFolder(jetstream_ + "/" + account_, access_));
  return MakeFolder(streams_folder_, access_);
}

void StoppedStore::Added(const std::string& stream, const StreamConfigFacts& config) {
  streams_.push_back({stream, config});
  own_.insert(PathOf(stream));
}

void StoppedStore::NotAdded(const std::string& stream) {
  own_.erase(PathOf(stream));
  std::erase_if(streams_, [&](const LiveStream& live) { return live.name == stream; });
}

Status StoppedStore::CheckUnused() const {
  const StoreUsers users = FindUsers(directory_);
  if (!users.seen.empty()) return InUse(users.seen);
  JETKEEP_ASSIGN(const Digest now, LookAt(directory_, own_));
  if (now != looks_) return InUse("somebody writes to " + directory_);
  return {};
}

}  // namespace jetkeep
