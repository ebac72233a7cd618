#include "service/setup/copy_place.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "protocol/base/server_url.h"
#include "service/engine/restore/restore_recovery.h"
#include "service/repository/orphaned_restore.h"

namespace jetkeep {
namespace {

constexpr const char* kDirectoryPrefix = "jetkeep-copy-";
constexpr const char* kLockName = "/in-use";
constexpr const char* kTargetName = "/target";
constexpr const char* kRepositoryName = "/repository";
// A directory without a lock file may just be being made.
constexpr std::time_t kBeingMadeSeconds = 60;
// Longer than a server needs to end a restore that nobody sends any more.
constexpr std::chrono::seconds kLongestCleanUp{60};
constexpr std::chrono::milliseconds kPoll{100};

tl::unexpected<Error> SystemFailure(const std::string& what, int error) {
  const bool full = error == ENOSPC || error == EDQUOT;
  return Fail(full ? Errc::kScratchFull : Errc::kStorageError, what + ": " + std::strerror(error),
              "Name a directory for the copy that this user may write, with enough space: "
              "--scratch-dir or scratch.directory.");
}

Descriptor TryLock(const std::string& path, int flags) {
  Descriptor file(::open(path.c_str(), flags | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file.get() < 0 || ::flock(file.get(), LOCK_EX | LOCK_NB) != 0) return Descriptor();
  return file;
}

Config ConfigAt(const Config& config, const std::string& directory) {
  Config here = config;
  StoreConfig store;
  store.name = "copy";
  store.path = directory + kRepositoryName;
  here.stores = {store};
  AccountConfig account;
  account.name = kCopySource;
  account.store = store.name;
  here.accounts = {account};
  // Nothing of it is kept, so time counts, not size.
  here.compression.preset = Compression::Preset::kFastest;
  return here;
}

Result<std::unique_ptr<OpenedRepository>> OpenAt(const Config& config,
                                                 const std::string& directory) {
  const Config here = ConfigAt(config, directory);
  return OpenForAccount(here, here.account());
}

void RemoveDirectory(const std::string& directory) {
  std::error_code ignored;
  std::filesystem::remove_all(directory, ignored);
}

bool MayBeBeingMade(const struct stat& found, const std::string& directory) {
  struct stat lock {};
  if (::lstat((directory + kLockName).c_str(), &lock) == 0) return false;
  return found.st_mtime > std::time(nullptr) - kBeingMadeSeconds;
}

CopyTarget ReadTarget(const std::string& directory) {
  CopyTarget target;
  std::ifstream file(directory + kTargetName);
  std::getline(file, target.name);
  target.identity.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  return target;
}

// Nothing is waited for that cannot come: the engine leaves restores on other servers alone.
// Empty: it may be there.
std::string WhyElsewhere(Repository& repository, const Account& account) {
  const auto server = account.server->Server();
  if (!server) return server.error().message;
  std::string elsewhere;
  static_cast<void>(repository.TakeOrphanedRestores([&](const RestoreRecord& record) {
    if (SameServer(record, *server)) return false;
    elsewhere = "it was making a stream on server " + record.server_name + ", and " + server->name +
                " is there now";
    return false;
  }));
  return elsewhere;
}

// Why the directory has to stay; empty: nothing in it is needed.
std::string FinishRestore(const Config& config, const std::string& directory,
                          const CopyTarget& target, const Account& account,
                          const CancelToken& cancel) {
  struct stat repository_there {};
  if (::lstat((directory + kRepositoryName).c_str(), &repository_there) != 0) return {};
  const auto opened = OpenAt(config, directory);
  if (!opened) {
    // Without a header nothing was ever sent.
    return opened.error().code == Errc::kRepositoryMissing ? std::string() : opened.error().message;
  }
  if (!HoldsOrphanedRestore(*(*opened)->repository)) return {};
  const CopyTarget was = ReadTarget(directory);
  if (was.identity != target.identity) {
    if (was.name != target.name) {
      return "it was making a stream in " + was.name + "; a copy to " + was.name + " removes it";
    }
    return "it was making a stream in what " + was.name +
           " was then, which has another address or login now; a copy to the earlier one removes "
           "it";
  }
  if (std::string elsewhere = WhyElsewhere(*(*opened)->repository, account); !elsewhere.empty()) {
    return elsewhere;
  }
  // The engine looks with an object of its own, whose marks this one does not take for its.
  const auto own = OpenForAccount(ConfigAt(config, directory),
                                  ConfigAt(config, directory).account(), (*opened)->place);
  if (!own) return own.error().message;
  const auto engine = MakeEngineInto(config, account, *(*own)->repository);
  const auto give_up = std::chrono::steady_clock::now() + kLongestCleanUp;
  while (HoldsOrphanedRestore(*(*opened)->repository)) {
    if (cancel.Cancelled() || std::chrono::steady_clock::now() >= give_up) {
      return "the stream that it was making in " + was.name + " is not removed yet";
    }
    std::this_thread::sleep_for(kPoll);
  }
  return {};
}

// The server without what is secret: of "user:password@" the user stays, a token goes.
std::string WithoutSecrets(const std::string& url) {
  const ServerUrl split = SplitServerUrl(url);
  if (!split.login) return url;
  const auto colon = split.login->find(':');
  const std::string_view user =
      colon == std::string_view::npos ? std::string_view("token") : split.login->substr(0, colon);
  return std::string(split.scheme) + std::string(user) + "@" + std::string(split.host);
}

}  // namespace

CopyTarget CopyTargetOf(const std::string& name, const AccountConfig& account) {
  CopyTarget target{name, {}};
  const auto add = [&](const char* what, const std::string& value) {
    std::string line = std::string(what) + " " + value;
    std::replace(line.begin(), line.end(), '\n', ' ');
    target.identity += line + "\n";
  };
  for (const std::string& server : account.servers) add("server", WithoutSecrets(server));
  add("user", account.user);
  add("creds", account.creds);
  add("nkey", account.nkey);
  add("domain", account.js_domain);
  add("prefix", account.js_api_prefix);
  return target;
}

Result<std::unique_ptr<CopyPlace>> CopyPlace::Make(const Config& config, const CopyTarget& target) {
  const std::string parent = ScratchDirectory(config);
  std::string directory = parent + "/" + kDirectoryPrefix + "XXXXXX";
  if (::mkdtemp(directory.data()) == nullptr) {
    return SystemFailure("cannot make a directory in " + parent, errno);
  }
  Descriptor lock = TryLock(directory + kLockName, O_CREAT | O_EXCL);
  if (lock.get() < 0) {
    const int error = errno;
    RemoveDirectory(directory);
    return SystemFailure("cannot lock " + directory, error);
  }
  std::unique_ptr<CopyPlace> place(new CopyPlace(config, directory, std::move(lock)));
  std::ofstream file(directory + kTargetName);
  if (!(file << target.name << "\n" << target.identity << std::flush)) {
    return SystemFailure("cannot write into " + directory, errno);
  }
  JETKEEP_ASSIGN(place->opened_, OpenAt(config, directory));
  return place;
}

CopyPlace::~CopyPlace() { Close(); }

std::string CopyPlace::Close() {
  if (closed_) return {};
  closed_ = true;
  // Nothing was sent without a repository.
  const bool sent = opened_ != nullptr;
  opened_.reset();
  if (sent) {
    // As another process sees it.
    const auto opened = OpenAt(config_, directory_);
    if (!opened && opened.error().code != Errc::kRepositoryMissing) return directory_;
    if (opened && HoldsOrphanedRestore(*(*opened)->repository)) return directory_;
  }
  RemoveDirectory(directory_);
  return {};
}

std::vector<std::string> CleanUpCopies(const Config& config, const CopyTarget& target,
                                       const Account& account, const CancelToken& cancel) {
  std::vector<std::string> left;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(ScratchDirectory(config), error)) {
    const std::string directory = entry.path().string();
    if (!entry.path().filename().string().starts_with(kDirectoryPrefix)) continue;
    struct stat found {};
    if (::lstat(directory.c_str(), &found) != 0 || !S_ISDIR(found.st_mode)) continue;
    if (found.st_uid != ::geteuid() || MayBeBeingMade(found, directory)) continue;
    const Descriptor lock = TryLock(directory + kLockName, O_CREAT);
    if (lock.get() < 0) continue;  // in use
    const std::string reason = FinishRestore(config, directory, target, account, cancel);
    if (reason.empty()) {
      RemoveDirectory(directory);
    } else {
      left.push_back("an interrupted copy has left " + directory + ": " + reason);
    }
  }
  return left;
}

}  // namespace jetkeep
