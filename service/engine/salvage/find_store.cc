#include "service/engine/salvage/find_store.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include "protocol/base/stream_pattern.h"
#include "service/engine/transfer/store_layout.h"
#include "service/engine/transfer/store_use.h"

namespace jetkeep {
namespace {

constexpr char kHint[] =
    "Name the store_dir of a server, its folder jetstream, or the folder of an account or a "
    "stream in it.";

using Streams = std::map<std::pair<std::string, std::string>, StreamToSalvage>;

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

class Finder {
 public:
  Finder(const StoreSelection& selection, StoredStreams& found)
      : selection_(selection), found_(found) {}

  Status Look(const std::string& directory);
  void Finish();

 private:
  bool Wanted(const std::string& stream);
  std::vector<std::string> FoldersIn(const SourceFolder& folder, const std::string& path);
  Status LookAtAccounts(const SourceFolder& folder, const std::string& path);
  Status LookAtStreams(const SourceFolder& account_folder, const std::string& account,
                       const std::string& path);
  void Add(const std::string& account, const std::string& stream, const std::string& path,
           SourceFolder folder);

  const StoreSelection& selection_;
  StoredStreams& found_;
  std::string shown_;
  std::uint64_t seen_ = 0;
  Streams streams_;
  std::set<std::pair<std::string, std::string>> places_;
  std::set<std::string> matched_;  // of the patterns
};

// Links are left out, and named.
std::vector<std::string> Finder::FoldersIn(const SourceFolder& folder, const std::string& path) {
  auto names = NamesIn(folder);
  if (!names) {
    found_.missed.push_back(path + " cannot be read: " + names.error().message);
    return {};
  }
  for (const std::string& link : names->links) {
    found_.missed.push_back(path + "/" + link +
                            " is a symbolic link, and is not followed: name what it leads to, to "
                            "salvage that, too");
  }
  return std::move(names->folders);
}

bool Finder::Wanted(const std::string& stream) {
  bool wanted = selection_.patterns.empty();
  for (const std::string& pattern : selection_.patterns) {
    if (!MatchesStreamPattern(pattern, stream)) continue;
    matched_.insert(pattern);
    wanted = true;
  }
  return wanted;
}

void Finder::Add(const std::string& account, const std::string& stream, const std::string& path,
                 SourceFolder folder) {
  ++seen_;
  if (!Wanted(stream)) return;
  std::error_code error;
  const std::string real = std::filesystem::canonical(path, error).string();
  if (!places_.emplace(real, "").second) return;  // named twice
  StreamToSalvage& target = streams_[{account, stream}];
  target.account = account;
  target.stream = stream;
  target.directories.push_back({shown_, path, std::move(folder)});
}

Status Finder::LookAtStreams(const SourceFolder& account_folder, const std::string& account,
                             const std::string& path) {
  if (!selection_.account.empty() && account != selection_.account) return {};
  JETKEEP_ASSIGN(const SourceFolder streams, account_folder.OpenFolder("streams"));
  for (const std::string& name : FoldersIn(streams, path + "/streams")) {
    auto folder = streams.OpenFolder(name);
    if (!folder) {
      found_.missed.push_back(path + "/streams/" + name + ": " + folder.error().message);
      continue;
    }
    Add(account, name, path + "/streams/" + name, *std::move(folder));
  }
  return {};
}

Status Finder::LookAtAccounts(const SourceFolder& folder, const std::string& path) {
  for (const std::string& account : FoldersIn(folder, path)) {
    JETKEEP_ASSIGN(const SourceFolder inner, folder.OpenFolder(account));
    const bool logs = HasRaftLogs(inner);
    if (logs) {
      found_.warnings.push_back(
          shown_ +
          " is of a server of a cluster: messages that only its raft logs hold are not read");
    }
    if (logs || account == kSystemAccountFolder) continue;
    if (Contains(FoldersIn(inner, path + "/" + account), "streams")) {
      JETKEEP_TRY(LookAtStreams(inner, account, path + "/" + account));
    }
  }
  return {};
}

Status Finder::Look(const std::string& directory) {
  shown_ = directory;
  seen_ = 0;
  auto folder = SourceFolder::Open(directory);
  if (!folder) {
    Error error = std::move(folder).error();
    if (error.code == Errc::kBackupNotFound) error.hint = kHint;
    return Fail(std::move(error));
  }
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(directory, error);
  if (error) return Fail(Errc::kStorageError, "cannot read " + directory + ": " + error.message());
  const StoreUsers users = FindUsers(directory);
  if (!users.seen.empty()) {
    return Fail(Errc::kJobConflict, users.seen, "Stop the server, or copy its directory.");
  }
  if (users.hidden) {
    found_.warnings.push_back("some processes of this host cannot be looked at: whether one uses " +
                              directory + " is not known");
  }
  const std::size_t missed_before = found_.missed.size();
  const std::vector<std::string> inside = FoldersIn(*folder, directory);
  if (Contains(inside, "jetstream")) {
    JETKEEP_ASSIGN(const SourceFolder jetstream, folder->OpenFolder("jetstream"));
    JETKEEP_TRY(LookAtAccounts(jetstream, real.string() + "/jetstream"));
  } else if (Contains(inside, "streams")) {
    JETKEEP_TRY(LookAtStreams(*folder, real.filename().string(), real.string()));
  } else if (Contains(inside, "msgs") || Contains(inside, "obs") ||
             real.parent_path().filename() == "streams") {
    std::string account = selection_.account;
    if (account.empty() && real.parent_path().filename() == "streams") {
      account = real.parent_path().parent_path().filename().string();
    }
    if (account.empty()) account = "$G";
    Add(account, real.filename().string(), real.string(), *std::move(folder));
  } else {
    JETKEEP_TRY(LookAtAccounts(*folder, real.string()));
  }
  if (seen_ > 0) return {};
  return Fail(Errc::kBackupNotFound,
              directory + " holds no stream" +
                  (selection_.account.empty() ? "" : " of account " + selection_.account) +
                  (found_.missed.size() > missed_before ? ": " + found_.missed.back() : ""),
              kHint);
}

void Finder::Finish() {
  for (auto& [key, stream] : streams_) found_.streams.push_back(std::move(stream));
  for (const std::string& pattern : selection_.patterns) {
    if (matched_.contains(pattern)) continue;
    found_.missed.push_back("the directories hold no stream " + pattern);
  }
}

}  // namespace

Result<StoredStreams> FindStoredStreams(const std::vector<std::string>& directories,
                                        const StoreSelection& selection) {
  StoredStreams found;
  Finder finder(selection, found);
  for (const std::string& directory : directories) JETKEEP_TRY(finder.Look(directory));
  finder.Finish();
  if (found.streams.empty()) {
    return Fail(Errc::kBackupNotFound, "the directories hold no stream that was asked for",
                "Add --list, and name no stream, to see what they hold.");
  }
  return found;
}

}  // namespace jetkeep
