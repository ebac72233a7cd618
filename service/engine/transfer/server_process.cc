#include "service/engine/transfer/server_process.h"

#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <system_error>

namespace jetkeep {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kServerName = "nats-server";
constexpr std::size_t kMostBytes = std::size_t{1} << 20;
constexpr int kMostIncludes = 20;
constexpr const char* kJetStream = "jetstream";
// The account, its folder streams, and a stream lie in each other in that.
constexpr int kMostFoldersAbove = 3;
// Where a server keeps its store if it is not told.
constexpr const char* kDefaultStore = "/tmp/nats";

std::optional<FileIdentity> IdentityOf(const fs::path& path) {
  struct stat about {};
  if (stat(path.c_str(), &about) != 0) return std::nullopt;
  return FileIdentity(about.st_dev, about.st_ino);
}

std::optional<std::string> ReadSome(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string bytes(kMostBytes, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  return bytes;
}

bool IsServer(const fs::path& process) {
  std::error_code error;
  const std::string program = fs::read_symlink(process / "exe", error).filename().string();
  if (!error && program.starts_with(kServerName)) return true;
  const auto name = ReadSome(process / "comm");
  return name && name->starts_with(kServerName);
}

std::vector<std::string> ArgumentsOf(const fs::path& process) {
  std::vector<std::string> arguments;
  std::string_view rest;
  const auto bytes = ReadSome(process / "cmdline");
  if (bytes) rest = *bytes;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\0'), rest.size());
    arguments.emplace_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return arguments;
}

// The values of a flag, as Go reads flags: one or two dashes, "=" or the next argument.
std::vector<std::string> ValuesOf(const std::vector<std::string>& arguments,
                                  const std::vector<std::string>& names) {
  std::vector<std::string> values;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    std::string_view word = arguments[i];
    if (!word.starts_with('-')) continue;
    word.remove_prefix(word.starts_with("--") ? 2 : 1);
    const std::size_t equals = word.find('=');
    if (std::find(names.begin(), names.end(), word.substr(0, equals)) == names.end()) continue;
    if (equals != std::string_view::npos) {
      values.emplace_back(word.substr(equals + 1));
    } else if (i + 1 < arguments.size()) {
      values.push_back(arguments[++i]);
    }
  }
  return values;
}

std::string LowerCase(std::string word) {
  for (char& letter : word) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return word;
}

// Of a server's configuration: keys and values, without quotes; empty at the end.
std::string NextWord(std::string_view& rest) {
  constexpr std::string_view kBetween = " \t\r\n,;=:{}[]()";
  for (;;) {
    rest.remove_prefix(std::min(rest.find_first_not_of(kBetween), rest.size()));
    if (!rest.starts_with('#') && !rest.starts_with("//")) break;
    rest.remove_prefix(std::min(rest.find('\n'), rest.size()));
  }
  if (rest.empty()) return {};
  const bool quoted = rest.front() == '"' || rest.front() == '\'';
  const std::size_t begin = quoted ? 1 : 0;
  const std::size_t end =
      std::min(quoted ? rest.find(rest.front(), 1) : rest.find_first_of(kBetween), rest.size());
  const std::string word(rest.substr(begin, end - begin));
  rest.remove_prefix(std::min(end + begin, rest.size()));
  return word.empty() ? "-" : word;
}

class ServerLook {
 public:
  explicit ServerLook(fs::path process) : process_(std::move(process)) {}

  // The directories that it may keep its store in.
  std::vector<fs::path> Stores() {
    const std::vector<std::string> arguments = ArgumentsOf(process_);
    if (arguments.empty()) hidden_ = true;
    for (const std::string& store : ValuesOf(arguments, {"sd", "store_dir"})) {
      stores_.push_back(Seen(store));
    }
    for (const std::string& config : ValuesOf(arguments, {"c", "config"})) {
      ReadConfig(Seen(config), fs::path(config).parent_path());
    }
    if (stores_.empty()) stores_.push_back(Seen(kDefaultStore));
    return stores_;
  }
  bool hidden() const { return hidden_; }

 private:
  // The path as the process sees it.
  fs::path Seen(const fs::path& path) const {
    return path.is_absolute() ? process_ / "root" / path.relative_path() : process_ / "cwd" / path;
  }

  // folder: of the file, as the process names it, which includes are relative to.
  void ReadConfig(const fs::path& file, const fs::path& folder) {
    const auto text = ReadSome(file);
    if (!text || ++files_ > kMostIncludes) {
      hidden_ = true;
      return;
    }
    std::string_view rest = *text;
    for (std::string word = NextWord(rest); !word.empty();) {
      const std::string key = LowerCase(word);
      word = NextWord(rest);
      const bool include = key == "include";
      if (!include && key != "store_dir" && key != "storedir" && key != "store") continue;
      if (word.empty()) break;
      if (word.starts_with('$')) hidden_ = true;  // a variable
      if (include) {
        ReadConfig(Seen(folder / word), (folder / word).parent_path());
      } else {
        stores_.push_back(Seen(word));
      }
    }
  }

  const fs::path process_;
  std::vector<fs::path> stores_;
  bool hidden_ = false;
  int files_ = 0;
};

}  // namespace

std::vector<FileIdentity> StoreIdentities(const std::string& folder) {
  std::vector<FileIdentity> identities;
  std::error_code error;
  fs::path path = fs::canonical(folder, error);
  for (int i = 0; !error && i <= kMostFoldersAbove; ++i) {
    const auto identity = IdentityOf(path);
    if (identity) identities.push_back(*identity);
    if (path == path.root_path()) break;
    path = path.parent_path();
  }
  return identities;
}

ServerSight LookAtServer(const fs::path& process, const std::vector<FileIdentity>& store) {
  if (!IsServer(process)) return {};
  ServerLook look(process);
  for (const fs::path& path : look.Stores()) {
    const auto all = IdentityOf(path);
    const auto used = IdentityOf(path / kJetStream);
    if ((all && !store.empty() && *all == store.front()) ||
        (used && std::find(store.begin(), store.end(), *used) != store.end())) {
      return {std::string(kServerName) + " (process " + process.filename().string() +
                  ") was started with it as its store_dir",
              false};
    }
  }
  return {{}, look.hidden()};
}

}  // namespace jetkeep
