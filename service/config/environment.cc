#include "service/config/environment.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "protocol/base/nearest_name.h"
#include "protocol/codec/base64.h"
#include "service/config/settings.h"
#include "service/config/yaml_file.h"

namespace jetkeep {
namespace {

constexpr std::string_view kOurs = "JETKEEP_";
constexpr std::string_view kOfNats = "NATS_";

// Variables of the nats command line that change how it connects, and that the installed client
// library has no means for.
struct Unsupported {
  std::string_view variable;
  std::string_view what;
};
constexpr std::array<Unsupported, 1> kUnsupported{{{"NATS_SOCKS_PROXY", "SOCKS proxies"}}};

std::vector<std::string_view> KnownVariables() {
  std::vector<std::string_view> known{"JETKEEP_CONFIG"};
  for (const Setting& setting : Settings()) known.push_back(setting.env);
  return known;
}

// The variable that a JETKEEP_ variable was probably meant to be; empty if none is near.
std::string Intended(std::string_view name) {
  const std::string_view own = name.substr(kOurs.size());
  std::vector<std::string_view> suffixes;
  for (const std::string_view known : KnownVariables()) {
    if (known.starts_with(kOfNats) && known.substr(kOfNats.size()) == own) {
      return std::string(known);
    }
    if (known.starts_with(kOurs)) suffixes.push_back(known.substr(kOurs.size()));
  }
  const std::string_view nearest = NearestName(own, suffixes, 2);
  return nearest.empty() ? "" : std::string(kOurs) + std::string(nearest);
}

Result<std::string> DecodeData(std::string_view rest) {
  const std::size_t comma = rest.find(',');
  if (comma != std::string_view::npos &&
      rest.substr(0, comma).find(";base64") != std::string_view::npos) {
    if (auto decoded = DecodeBase64(rest.substr(comma + 1))) return decoded;
  }
  return Fail(Errc::kConfigInvalid, "a data: reference is not valid",
              "Write it as data:;base64,TEXT.");
}

std::string WithoutLineEnd(std::string text) {
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return text;
}

}  // namespace

std::optional<std::string> Environment::operator()(std::string_view name) const {
  const auto found = variables_.find(name);
  if (found == variables_.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

Environment ProcessEnvironment() {
  Environment::Variables variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return Environment(std::move(variables));
}

Result<std::vector<std::string>> CheckVariables(const Environment& environment) {
  for (const Unsupported& one : kUnsupported) {
    if (!environment(one.variable)) continue;
    const std::string name(one.variable);
    return Fail(Errc::kConfigInvalid,
                "environment " + name + ": " + std::string(one.what) + " are not supported",
                "Unset the variable for jetkeep (env -u " + name +
                    " jetkeep …) and name a server that it "
                    "can reach directly.");
  }
  const std::vector<std::string_view> known = KnownVariables();
  std::vector<std::string> warnings;
  for (const auto& [name, value] : environment.variables()) {
    if (!name.starts_with(kOurs) || value.empty()) continue;
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    if (const std::string intended = Intended(name); !intended.empty()) {
      return Fail(Errc::kConfigInvalid, "environment " + name + ": unknown variable",
                  "Did you mean " + intended + "?");
    }
    warnings.push_back("environment " + name + ": unknown variable, ignored");
  }
  return warnings;
}

std::string ExpandHome(std::string_view path, const Environment& environment) {
  if (path != "~" && !path.starts_with("~/")) return std::string(path);
  return environment("HOME").value_or("") + std::string(path.substr(1));
}

std::optional<std::string> SecretPath(std::string_view text, const Environment& environment) {
  if (!text.starts_with("file://")) return std::nullopt;
  return ExpandHome(text.substr(7), environment);
}

Result<std::string> ReadSecret(const std::string& path) {
  JETKEEP_ASSIGN(std::string bytes, ReadSmallFile(path));
  return WithoutLineEnd(std::move(bytes));
}

Result<std::string> ResolveSecret(const std::string& text, const Environment& environment) {
  const std::string_view view = text;
  if (view.starts_with("env://")) {
    const std::string name(view.substr(6));
    auto value = environment(name);
    if (!value) {
      return Fail(Errc::kConfigInvalid, "the variable " + name + " is not set or empty",
                  "Set it, or give the secret another way.");
    }
    return *std::move(value);
  }
  if (const auto path = SecretPath(view, environment)) return ReadSecret(*path);
  if (view.starts_with("data:")) {
    JETKEEP_ASSIGN(std::string bytes, DecodeData(view.substr(5)));
    return WithoutLineEnd(std::move(bytes));
  }
  if (view.starts_with("op://") || view.starts_with("nsc://")) {
    return Fail(Errc::kConfigInvalid,
                std::string(view.substr(0, view.find(':'))) + ":// references are not supported",
                "Give the secret as a text, or as env://NAME or file://PATH.");
  }
  return text;
}

}  // namespace jetkeep
