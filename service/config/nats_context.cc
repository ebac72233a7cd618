#include "service/config/nats_context.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "protocol/base/utf8.h"
#include "service/config/yaml_file.h"

namespace jetkeep {
namespace {

struct ContextKey {
  std::string_view json;
  std::string_view setting;
  bool is_path = false;
};

constexpr std::array<ContextKey, 13> kHonoured{{{"url", "nats.servers"},
                                                {"token", "nats.token"},
                                                {"user", "nats.user"},
                                                {"password", "nats.password"},
                                                {"creds", "nats.creds", true},
                                                {"nkey", "nats.nkey", true},
                                                {"user_jwt", "nats.jwt"},
                                                {"user_seed", "nats.seed"},
                                                {"cert", "nats.tls.cert", true},
                                                {"key", "nats.tls.key", true},
                                                {"ca", "nats.tls.ca", true},
                                                {"jetstream_domain", "nats.js_domain"},
                                                {"jetstream_api_prefix", "nats.js_api_prefix"}}};
constexpr ContextKey kInbox{"inbox_prefix", "nats.inbox_prefix"};

// These say nothing about the connection.
constexpr std::array<std::string_view, 4> kHarmless{"name", "description", "color_scheme",
                                                    "jetstream_event_prefix"};

std::string Directory(const Environment& environment) {
  if (const auto config = environment("XDG_CONFIG_HOME")) return *config + "/nats";
  return environment("HOME").value_or("") + "/.config/nats";
}

// A leading ~ and $NAME or ${NAME}, as the nats command line expands them.
std::string ExpandPath(std::string_view path, const Environment& environment) {
  const std::string from_home = ExpandHome(path, environment);
  path = from_home;
  std::string expanded;
  while (!path.empty()) {
    if (path.front() != '$') {
      expanded += path.front();
      path.remove_prefix(1);
      continue;
    }
    const bool braces = path.size() > 1 && path[1] == '{';
    std::size_t end = braces ? 2 : 1;
    const std::size_t start = end;
    while (end < path.size() &&
           (path[end] == '_' || std::isalnum(static_cast<unsigned char>(path[end])) != 0)) {
      ++end;
    }
    if (end == start || (braces && (end == path.size() || path[end] != '}'))) {
      expanded += '$';
      path.remove_prefix(1);
      continue;
    }
    expanded += environment(path.substr(start, end - start)).value_or("");
    path.remove_prefix(braces ? end + 1 : end);
  }
  return expanded;
}

Result<std::string> PathOf(const std::string& name, const Environment& environment) {
  if (name.ends_with(".json")) return name;
  if (name.empty() || name.find("..") != std::string::npos ||
      name.find_first_of("/\\") != std::string::npos) {
    return Fail(Errc::kConfigInvalid,
                "\"" + std::string(CutUtf8(name, 64)) + "\" is not the name of a context",
                "Give a name that `nats context ls` shows, or the path of a .json file.");
  }
  return Directory(environment) + "/context/" + name + ".json";
}

const ContextKey* FindHonoured(std::string_view key) {
  if (key == kInbox.json) return &kInbox;
  const auto* found = std::find_if(kHonoured.begin(), kHonoured.end(),
                                   [&](const ContextKey& one) { return one.json == key; });
  return found == kHonoured.end() ? nullptr : found;
}

}  // namespace

Result<NatsContext> LoadNatsContext(const std::string& name, const Environment& environment) {
  JETKEEP_ASSIGN(const std::string path, PathOf(name, environment));
  auto bytes = ReadSmallFile(path);
  if (!bytes) {
    Error error = std::move(bytes).error().Within("context " + name);
    error.hint = "Run `nats context ls` to see the contexts there are, or give a .json file.";
    return Fail(std::move(error));
  }
  JETKEEP_ASSIGN(const std::vector<ContextValue> members, ParseContextFile(*bytes, path));

  NatsContext context{name, {}};
  for (const ContextValue& member : members) {
    const std::string where = path + ":" + std::to_string(member.line) + ": " + member.key;
    if (std::find(kHarmless.begin(), kHarmless.end(), member.key) != kHarmless.end()) continue;
    if (member.text.empty() || (!member.is_text && member.text == "false")) continue;
    const ContextKey* known = FindHonoured(member.key);
    if (known == nullptr) {
      return Fail(Errc::kConfigInvalid, where + ": this setting is not supported",
                  "Use another context, or give the connection by flags and without a context.");
    }
    if (!member.is_text && known->is_path)
      return Fail(Errc::kConfigInvalid, where + ": expected a text");
    const Setting* setting = FindSetting(known->setting);
    std::string text = member.text;
    if (known->is_path) {
      if (text.starts_with("file://")) text.erase(0, 7);
      if (text.find("://") != std::string::npos || text.starts_with("data:")) {
        return Fail(Errc::kConfigInvalid, where + ": only files are supported here",
                    "Store the credentials in a file and name it.");
      }
      text = ExpandPath(text, environment);
    }
    Config ignored;
    if (Status status = ApplySetting(*setting, {text}, ignored); !status) {
      return Fail(std::move(status).error().Within(where));
    }
    context.values.push_back({setting, std::move(text)});
  }
  return context;
}

std::optional<std::string> SelectedNatsContext(const Environment& environment) {
  const auto bytes = ReadSmallFile(Directory(environment) + "/context.txt");
  if (!bytes) return std::nullopt;
  const std::string name = bytes->substr(0, bytes->find_first_of("\r\n"));
  if (name.empty()) return std::nullopt;
  return name;
}

}  // namespace jetkeep
