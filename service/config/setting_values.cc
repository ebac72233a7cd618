// Texts into fields of Config and back, with every check that one setting alone allows.
#include <algorithm>
#include <limits>
#include <type_traits>
#include <utility>

#include "protocol/base/host_port.h"
#include "protocol/base/http_url.h"
#include "protocol/base/utf8.h"
#include "service/config/settings.h"
#include "service/config/units.h"

namespace jetkeep {
namespace {

tl::unexpected<Error> Invalid(std::string message, std::string hint = {}) {
  return Fail(Errc::kConfigInvalid, std::move(message), std::move(hint));
}

bool HasControlOrSpace(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; });
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// Words only: what is in front of "://" may be a login by mistake.
std::string ShownScheme(std::string_view scheme) {
  const bool word = scheme.size() <= 8 && std::all_of(scheme.begin(), scheme.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
                    });
  return word ? std::string(scheme) + ":// " : "";
}

Status CheckServerUrl(std::string_view url) {
  // The text may hold a password, so no message repeats it.
  constexpr std::string_view kHint = "Write it like nats://host:4222.";
  if (url.empty()) return Invalid("a server URL is empty", std::string(kHint));
  if (HasControlOrSpace(url)) return Invalid("a server URL holds white space", std::string(kHint));
  const std::size_t scheme_end = url.find("://");
  if (scheme_end != std::string_view::npos) {
    const std::string_view scheme = url.substr(0, scheme_end);
    if (scheme != "nats" && scheme != "tls") {
      return Invalid("the scheme " + ShownScheme(scheme) + "of a server URL is not supported",
                     "Use nats:// or tls://.");
    }
    url.remove_prefix(scheme_end + 3);
  }
  const std::size_t at = url.rfind('@');
  if (at != std::string_view::npos) url.remove_prefix(at + 1);
  if (url.empty() || url.front() == ':') {
    return Invalid("a server URL names no host", std::string(kHint));
  }
  const std::size_t colon = url.rfind(':');
  if (colon != std::string_view::npos && url.back() != ']') {
    const auto port = ParseWholeNumber(url.substr(colon + 1));
    if (!port || *port == 0 || *port > 65535) {
      return Invalid("a server URL has a port that is not a number from 1 to 65535",
                     std::string(kHint));
    }
  }
  return {};
}

// The nats command line takes references here that Jetkeep does not follow.
Status CheckPath(std::string_view text) {
  for (const std::string_view scheme : {"env://", "op://", "nsc://", "data:"}) {
    if (!text.starts_with(scheme)) continue;
    return Invalid("the value is a reference (" + std::string(scheme) + "), not the name of a file",
                   "Put the contents into a file and name that file.");
  }
  return {};
}

Status CheckRule(SettingRule rule, std::string_view text) {
  switch (rule) {
    case SettingRule::kNone:
      break;
    case SettingRule::kFile:
      return CheckPath(text);
    case SettingRule::kServerUrl:
      return CheckServerUrl(text);
    case SettingRule::kToken:
      if (HasControlOrSpace(text) || text.find_first_of("*>") != std::string_view::npos ||
          text.starts_with('.') || text.find("..") != std::string_view::npos || text.size() > 255) {
        return Invalid("\"" + std::string(CutUtf8(text, 64)) + "\" cannot be part of a subject",
                       "Use subject tokens with dots between them, without wildcards or spaces.");
      }
      break;
    case SettingRule::kName:
      if (text.empty() || text.size() > 64 || text.front() == '.' ||
          !std::all_of(text.begin(), text.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '-' || c == '_' || c == '.';
          })) {
        return Invalid("\"" + std::string(CutUtf8(text, 64)) + "\" is not a valid label",
                       "Use 1 to 64 of the characters A-Z a-z 0-9 - _ and . after the first.");
      }
      break;
    case SettingRule::kSeedFile:
      JETKEEP_TRY(CheckPath(text));
      if (text.size() == 58 && text.front() == 'S' && text.find('/') == std::string_view::npos) {
        return Invalid(
            "the value is an nkey seed, not the name of a file",
            "Put the seed into a file that only its owner can read, and name that file.");
      }
      break;
    case SettingRule::kHttpUrl:
      if (!text.empty()) JETKEEP_TRY(ParseHttpUrl(text));
      break;
    case SettingRule::kAddress:
      if (!text.empty() && !ParseHostPort(text)) {
        return Invalid("\"" + std::string(CutUtf8(text, 64)) + "\" is not an address",
                       "Write HOST:PORT, like 127.0.0.1:9425, or :PORT for every address.");
      }
      break;
  }
  return {};
}

Status CheckChoice(std::string_view choices, std::string_view text) {
  for (std::string_view rest = choices; !rest.empty();) {
    const std::size_t bar = rest.find('|');
    if (rest.substr(0, bar) == text) return {};
    if (bar == std::string_view::npos) break;
    rest.remove_prefix(bar + 1);
  }
  std::string all(choices);
  std::replace(all.begin(), all.end(), '|', ' ');
  return Invalid("\"" + std::string(CutUtf8(text, 64)) + "\" is not an allowed value",
                 "Use one of: " + all + ".");
}

Status CheckRange(const Setting& setting, std::uint64_t value, std::string (*show)(std::uint64_t)) {
  if (value >= setting.min && value <= setting.max) return {};
  return Invalid(show(value) + " is out of range",
                 "Use " + show(setting.min) + " to " + show(setting.max) + ".");
}

std::string ShowNumber(std::uint64_t value) { return std::to_string(value); }
std::string ShowMilliseconds(std::uint64_t value) {
  return FormatDuration(std::chrono::milliseconds(static_cast<std::int64_t>(value)));
}

Result<Compression> ParseCompression(std::string_view text) {
  if (text == "fastest") return Compression{Compression::Preset::kFastest, 0};
  if (text == "default") return Compression{Compression::Preset::kDefault, 0};
  if (text == "best") return Compression{Compression::Preset::kBest, 0};
  const auto level = ParseWholeNumber(text);
  if (!level || *level < 1 || *level > 19) {
    return Invalid("\"" + std::string(CutUtf8(text, 64)) + "\" is not a compression",
                   "Use fastest, default, best or a level from 1 to 19.");
  }
  return Compression{Compression::Preset::kLevel, static_cast<int>(*level)};
}

std::string Show(const Compression& compression) {
  switch (compression.preset) {
    case Compression::Preset::kFastest:
      return "fastest";
    case Compression::Preset::kDefault:
      return "default";
    case Compression::Preset::kBest:
      return "best";
    case Compression::Preset::kLevel:
      break;
  }
  return std::to_string(compression.level);
}

std::vector<std::string> SplitAtCommas(const std::vector<std::string>& texts) {
  std::vector<std::string> parts;
  for (const std::string& text : texts) {
    std::size_t start = 0;
    while (true) {
      const std::size_t comma = text.find(',', start);
      std::string part = text.substr(start, comma - start);
      const std::size_t first = part.find_first_not_of(' ');
      const std::size_t last = part.find_last_not_of(' ');
      parts.push_back(first == std::string::npos ? "" : part.substr(first, last - first + 1));
      if (comma == std::string::npos) break;
      start = comma + 1;
    }
  }
  return parts;
}

// The structure that a member belongs to.
template <typename Structure, typename AnyConfig>
auto& At(AnyConfig& config, std::size_t entry) {
  if constexpr (std::is_same_v<Structure, AccountConfig>) {
    return config.accounts.at(entry);
  } else if constexpr (std::is_same_v<Structure, StoreConfig>) {
    return config.stores.at(entry);
  } else {
    return config;
  }
}

// One Read for each type of value.
struct Applier {
  const Setting& setting;
  const std::vector<std::string>& texts;
  Config& config;
  std::size_t entry;

  template <typename Structure, typename Value>
  Status operator()(Value Structure::*field) const {
    Value value{};
    JETKEEP_TRY(Read(value));
    At<Structure>(config, entry).*field = std::move(value);
    return {};
  }

  const std::string& text() const { return texts.back(); }

  Status Read(std::string& value) const {
    if (HasControl(text())) return Invalid("the value holds a control character");
    if (!setting.choices.empty()) JETKEEP_TRY(CheckChoice(setting.choices, text()));
    JETKEEP_TRY(CheckRule(setting.rule, text()));
    value = text();
    return {};
  }
  Status Read(std::vector<std::string>& value) const {
    value = SplitAtCommas(texts);
    if (!setting.choices.empty() && value == std::vector<std::string>{""}) value.clear();
    for (const std::string& part : value) {
      if (!setting.choices.empty()) JETKEEP_TRY(CheckChoice(setting.choices, part));
      JETKEEP_TRY(CheckRule(setting.rule, part));
    }
    return {};
  }
  Status Read(std::uint32_t& value) const {
    JETKEEP_ASSIGN(const std::uint64_t number, ParseWholeNumber(text()));
    JETKEEP_TRY(CheckRange(setting, number, ShowNumber));
    if (number > std::numeric_limits<std::uint32_t>::max()) {
      return Invalid("the value is too large");
    }
    value = static_cast<std::uint32_t>(number);
    return {};
  }
  Status Read(std::uint64_t& value) const {
    JETKEEP_ASSIGN(value, ParseByteSize(text()));
    return CheckRange(setting, value, FormatByteSize);
  }
  Status Read(std::chrono::milliseconds& value) const {
    JETKEEP_ASSIGN(value, ParseDuration(text()));
    return CheckRange(setting, static_cast<std::uint64_t>(value.count()), ShowMilliseconds);
  }
  Status Read(Compression& value) const {
    JETKEEP_ASSIGN(value, ParseCompression(text()));
    return {};
  }
};

std::string Show(const std::string& value) { return value; }
std::string Show(const std::vector<std::string>& value) {
  std::string joined;
  for (const std::string& part : value) {
    if (!joined.empty()) joined += ',';
    joined += part;
  }
  return joined;
}
std::string Show(std::uint32_t value) { return std::to_string(value); }
std::string Show(std::uint64_t value) { return FormatByteSize(value); }
std::string Show(std::chrono::milliseconds value) { return FormatDuration(value); }

struct Shower {
  const Config& config;
  std::size_t entry;

  template <typename Structure, typename Value>
  std::string operator()(Value Structure::*field) const {
    return Show(At<Structure>(config, entry).*field);
  }
};

}  // namespace

Status ApplySetting(const Setting& setting, const std::vector<std::string>& texts, Config& config,
                    std::size_t entry) {
  if (texts.empty()) return Invalid("no value is given");
  return std::visit(Applier{setting, texts, config, entry}, setting.field);
}

std::string ShowSetting(const Setting& setting, const Config& config, std::size_t entry) {
  return std::visit(Shower{config, entry}, setting.field);
}

}  // namespace jetkeep
