#include "service/config/yaml_file.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "protocol/base/nearest_name.h"
#include "protocol/base/utf8.h"

namespace jetkeep {
namespace {

constexpr std::size_t kMaxFileBytes = 1 << 20;
constexpr std::size_t kMaxEntries = 64;

tl::unexpected<Error> At(const std::string& file, int line, const std::string& what,
                         std::string hint = {}) {
  const std::string where = line > 0 ? file + ":" + std::to_string(line) : file;
  return Fail(Errc::kConfigInvalid, where + ": " + what, std::move(hint));
}

int LineOf(const YAML::Node& node) { return node.Mark().is_null() ? 0 : node.Mark().line + 1; }

// Text from a file as part of a message: short, and on one line.
std::string Quoted(std::string_view text) {
  std::string shown;
  for (const char c : CutUtf8(text, 64)) {
    shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  }
  return shown;
}

// Where a key stands: at the top of the file or in an entry of a section.
struct Scope {
  Section section = Section::kService;
  std::size_t entry = 0;
  std::string shown;  // in front of the key in messages: "accounts[1]."

  const Setting* Find(std::string_view key) const {
    return section == Section::kService ? FindSetting(key) : FindEntrySetting(section, key);
  }

  std::vector<std::string_view> Keys() const {
    std::vector<std::string_view> keys;
    if (section == Section::kService) {
      for (const Setting& setting : Settings()) keys.push_back(setting.key);
    } else {
      for (const Setting* setting : SettingsOfEntry(section)) keys.push_back(setting->entry_key);
    }
    return keys;
  }

  // Whether keys begin with this one: "tls" of "tls.ca".
  bool IsSection(std::string_view key) const {
    const std::string prefix = std::string(key) + ".";
    const std::vector<std::string_view> keys = Keys();
    return std::any_of(keys.begin(), keys.end(),
                       [&](std::string_view one) { return one.starts_with(prefix); });
  }

  std::string SuggestionFor(std::string_view key) const {
    const auto last_part = [](std::string_view name) { return name.substr(name.rfind('.') + 1); };
    std::vector<std::string_view> keys = Keys();
    if (last_part(key) == "url" || last_part(key) == "server") {
      for (const std::string_view one : keys) {
        if (last_part(one) == "servers") return "Did you mean " + std::string(one) + "?";
      }
    }
    for (const std::string_view one : keys) {
      if (last_part(one) == last_part(key)) return "Did you mean " + std::string(one) + "?";
    }
    if (section == Section::kService) {
      keys.insert(keys.end(), {"accounts", "stores", "policies"});
    }
    for (const std::string_view one : Keys()) {
      for (std::size_t dot = one.find('.'); dot != one.npos; dot = one.find('.', dot + 1)) {
        keys.push_back(one.substr(0, dot));  // a section
      }
    }
    const std::string_view nearest = NearestName(key, keys);
    if (!nearest.empty()) return "Did you mean " + std::string(nearest) + "?";
    return "See `jetkeep config` for all keys.";
  }
};

// What YAML takes a plain scalar for, as far as it matters here.
bool LooksLikeNumberOrBool(const YAML::Node& node) {
  if (node.Tag() != "?") return false;  // quoted, or with a tag of its own
  bool as_bool = false;
  double as_number = 0;
  return YAML::convert<bool>::decode(node, as_bool) ||
         YAML::convert<double>::decode(node, as_number);
}

class ConfigFileReader {
 public:
  explicit ConfigFileReader(const std::string& file) : file_(file) {}

  Result<ConfigFile> Read(const YAML::Node& root) {
    JETKEEP_TRY(ReadMap(root, Scope{}, "", 0));
    JETKEEP_TRY(CheckEntryNames(Section::kAccount));
    JETKEEP_TRY(CheckEntryNames(Section::kStore));
    JETKEEP_TRY(CheckFlatKeys());
    return std::move(read_);
  }

 private:
  Status ReadMap(const YAML::Node& map, const Scope& scope, const std::string& prefix, int depth) {
    std::set<std::string> seen;
    for (const auto& member : map) {
      if (!member.first.IsScalar()) {
        return At(file_, LineOf(member.first), "a key is not a plain word");
      }
      const std::string key = prefix + member.first.Scalar();
      const int line = LineOf(member.first);
      const std::string shown = scope.shown + Quoted(key);
      if (!seen.insert(key).second) return At(file_, line, shown + ": given twice");
      if (const Setting* setting = scope.Find(key); setting != nullptr) {
        JETKEEP_TRY(ReadValue(*setting, scope, shown, member.second, line));
      } else if (scope.section == Section::kService && IsEntrySection(key)) {
        JETKEEP_TRY(ReadEntries(key, member.second, line));
      } else if (scope.IsSection(key) && depth < 4) {
        if (member.second.IsNull()) continue;
        if (!member.second.IsMap()) {
          return At(file_, line, shown + ": expected a section with keys of its own");
        }
        JETKEEP_TRY(ReadMap(member.second, scope, key + ".", depth + 1));
      } else {
        return At(file_, line, shown + ": unknown key", scope.SuggestionFor(key));
      }
    }
    return {};
  }

  static bool IsEntrySection(std::string_view key) {
    return key == "accounts" || key == "stores" || key == "policies";
  }

  Status ReadEntries(const std::string& key, const YAML::Node& list, int line) {
    const bool empty = list.IsNull() || (list.IsSequence() && list.size() == 0);
    if (key == "policies") {
      if (empty) return {};
      return At(file_, line, "policies: schedules and retention are not supported yet",
                "Leave the section out.");
    }
    if (empty) return At(file_, line, key + ": the list is empty", "Leave the key out.");
    if (!list.IsSequence()) {
      return At(file_, line, key + ": expected a list of entries", "Begin each entry with \"-\".");
    }
    if (list.size() > kMaxEntries) {
      return At(file_, line, key + ": more than " + std::to_string(kMaxEntries) + " entries");
    }
    const Section section = key == "accounts" ? Section::kAccount : Section::kStore;
    (section == Section::kAccount ? read_.accounts : read_.stores) = list.size();
    Scope scope{section, 0, ""};
    for (const auto& entry : list) {
      scope.shown = key + "[" + std::to_string(scope.entry) + "].";
      if (!entry.IsMap()) {
        return At(file_, std::max(line, LineOf(entry)),
                  key + "[" + std::to_string(scope.entry) + "]: expected keys and values");
      }
      JETKEEP_TRY(ReadMap(entry, scope, "", 0));
      ++scope.entry;
    }
    entries_line_[key] = line;
    return {};
  }

  // By its name a flag chooses an account and an account its store.
  Status CheckEntryNames(Section section) const {
    const std::size_t count = read_.entries(section).value_or(0);
    const std::string key(SectionName(section));
    std::set<std::string> names;
    for (std::size_t entry = 0; count > 1 && entry < count; ++entry) {
      const auto name =
          std::find_if(read_.values.begin(), read_.values.end(), [&](const FileValue& value) {
            return value.setting->section() == section && value.entry == entry &&
                   value.setting->entry_key == "name";
          });
      const std::string where = key + "[" + std::to_string(entry) + "]";
      if (name == read_.values.end()) {
        return At(file_, entries_line_.at(key), where + ": has no name",
                  "Where there are several " + key + ", each needs a name.");
      }
      if (!names.insert(name->texts.back()).second) {
        return At(file_, name->line, where + ".name: another entry has the same name");
      }
    }
    return {};
  }

  Status CheckFlatKeys() const {
    for (const FileValue& value : read_.values) {
      const Section section = value.setting->section();
      if (section == Section::kService || !read_.entries(section) || !value.is_flat) continue;
      const std::string key(value.setting->key);
      const std::string sections(SectionName(section));
      return At(file_, value.line, key + ": cannot stand beside " + sections,
                "Give it as " + std::string(value.setting->entry_key) + " in an entry of " +
                    sections + ".");
    }
    return {};
  }

  Status ReadValue(const Setting& setting, const Scope& scope, const std::string& shown,
                   const YAML::Node& node, int line) {
    FileValue value{&setting, scope.entry, scope.section == Section::kService, {}, line};
    if (node.IsSequence() && setting.is_list()) {
      for (const auto& item : node)
        JETKEEP_TRY(ReadScalar(setting, shown, item, line, value.texts));
      if (value.texts.empty()) return At(file_, line, shown + ": the list is empty");
    } else {
      JETKEEP_TRY(ReadScalar(setting, shown, node, line, value.texts));
    }
    Config ignored;
    if (Status status = ApplySetting(setting, value.texts, ignored); !status) {
      return At(file_, line, shown + ": " + status.error().message, status.error().hint);
    }
    read_.values.push_back(std::move(value));
    return {};
  }

  Status ReadScalar(const Setting& setting, const std::string& shown, const YAML::Node& node,
                    int line, std::vector<std::string>& texts) const {
    if (node.IsNull() || !node.IsDefined()) {
      return At(file_, line, shown + ": has no value", "Leave the key out to keep the default.");
    }
    if (!node.IsScalar()) {
      return At(file_, line, shown + ": wrong type: expected " + ExpectedType(setting));
    }
    if (setting.is_text() && LooksLikeNumberOrBool(node)) {
      return At(file_, line, shown + ": wrong type: expected a text",
                "Put the value in quotes if it is meant as it stands.");
    }
    if (setting.is_number() && node.Tag() != "?") {
      return At(file_, line, shown + ": wrong type: expected a number", "Write it without quotes.");
    }
    texts.push_back(node.Scalar());
    return {};
  }

  static const char* Named(const std::string*) { return "a text"; }
  static const char* Named(const std::vector<std::string>*) { return "a text or a list of texts"; }
  static const char* Named(const std::uint32_t*) { return "a number"; }
  static const char* Named(const std::uint64_t*) { return "a size such as 64MiB"; }
  static const char* Named(const std::chrono::milliseconds*) { return "a duration such as 30s"; }
  static const char* Named(const Compression*) { return "a compression level"; }

  template <typename Structure, typename Value>
  static const char* NameOfType(Value Structure::*) {
    return Named(static_cast<const Value*>(nullptr));
  }

  static std::string ExpectedType(const Setting& setting) {
    return std::visit([](auto member) { return NameOfType(member); }, setting.field);
  }

  const std::string& file_;
  ConfigFile read_;
  std::map<std::string, int, std::less<>> entries_line_;
};

// Counts documents, keeps nothing.
class DocumentCounter : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override { ++count_; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

  int count() const { return count_; }

 private:
  int count_ = 0;
};

// Null node: empty document. All exceptions of the library become errors.
Result<YAML::Node> LoadOne(std::string_view bytes, const std::string& file) {
  if (bytes.size() > kMaxFileBytes) {
    return At(file, 0, "the file is larger than 1 MiB", "This is not a configuration file.");
  }
  // Not YAML::LoadAll: after a comma outside of any list it finds documents without end.
  std::istringstream text{std::string(bytes)};
  YAML::Parser parser(text);
  DocumentCounter documents;
  while (documents.count() < 2 && parser.HandleNextDocument(documents)) continue;
  if (documents.count() > 1) return At(file, 0, "holds more than one document");
  return YAML::Load(std::string(bytes));
}

constexpr std::string_view kYamlHint = "Check the brackets, quotes and indentation there.";

// Runs a reader and turns what yaml-cpp throws into errors.
template <typename Function>
auto WithoutExceptions(const std::string& file, Function function) -> decltype(function()) {
  try {
    return function();
  } catch (const YAML::Exception& error) {
    const int line = error.mark.is_null() ? 0 : error.mark.line + 1;
    return At(file, line, "not valid YAML: " + Quoted(error.msg), std::string(kYamlHint));
  } catch (const std::exception& error) {
    return At(file, 0, "not valid YAML: " + Quoted(error.what()), std::string(kYamlHint));
  }
}

}  // namespace

Result<ConfigFile> ParseConfigFile(std::string_view bytes, const std::string& file_name) {
  return WithoutExceptions(file_name, [&]() -> Result<ConfigFile> {
    JETKEEP_ASSIGN(const YAML::Node root, LoadOne(bytes, file_name));
    if (root.IsNull() || !root.IsDefined()) return ConfigFile{};
    if (!root.IsMap()) return At(file_name, LineOf(root), "expected keys and values");
    return ConfigFileReader(file_name).Read(root);
  });
}

Result<std::vector<ContextValue>> ParseContextFile(std::string_view bytes,
                                                   const std::string& file_name) {
  return WithoutExceptions(file_name, [&]() -> Result<std::vector<ContextValue>> {
    JETKEEP_ASSIGN(const YAML::Node root, LoadOne(bytes, file_name));  // JSON is YAML
    if (!root.IsDefined() || !root.IsMap()) return At(file_name, 0, "expected a JSON object");
    std::vector<ContextValue> values;
    for (const auto& member : root) {
      if (!member.first.IsScalar())
        return At(file_name, LineOf(member.first), "a key is not a text");
      const YAML::Node& node = member.second;
      if (node.IsNull() || ((node.IsSequence() || node.IsMap()) && node.size() == 0)) continue;
      if (!node.IsScalar()) {
        return At(file_name, LineOf(member.first),
                  Quoted(member.first.Scalar()) + ": setting is not supported");
      }
      values.push_back({member.first.Scalar(), node.Scalar(), !LooksLikeNumberOrBool(node),
                        LineOf(member.first)});
    }
    return values;
  });
}

Result<std::string> ReadSmallFile(const std::string& path) {
  const auto failed = [&](int system_error) {
    return Fail(Errc::kConfigInvalid, "cannot read " + path + ": " + std::strerror(system_error),
                "Check the path, and that this user may read the file.");
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                             &std::fclose);
  if (file == nullptr) return failed(errno);
  std::string bytes;
  std::array<char, 4096> buffer;
  while (bytes.size() <= kMaxFileBytes) {
    const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), file.get());
    bytes.append(buffer.data(), size);
    if (size < buffer.size()) break;
  }
  if (std::ferror(file.get()) != 0) return failed(errno);
  return bytes;
}

}  // namespace jetkeep
