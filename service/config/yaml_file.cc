#include "service/config/yaml_file.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "protocol/base/utf8.h"

namespace jetkeep {
namespace {

constexpr std::size_t kMaxFileBytes = 1 << 20;

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

std::size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0U : 1U)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string SuggestionFor(std::string_view key) {
  if (key.size() > 64) return "";
  const auto last_part = [](std::string_view name) { return name.substr(name.rfind('.') + 1); };
  const Setting* best = nullptr;
  std::size_t best_distance = 4;
  for (const Setting& setting : Settings()) {
    const std::size_t distance =
        last_part(setting.key) == last_part(key) ? 1 : EditDistance(setting.key, key);
    if (distance < best_distance) {
      best = &setting;
      best_distance = distance;
    }
  }
  return best == nullptr ? "See `jetkeep config` for all keys."
                         : "Did you mean " + std::string(best->key) + "?";
}

bool IsSection(std::string_view key) {
  const std::string prefix = std::string(key) + ".";
  return std::any_of(Settings().begin(), Settings().end(),
                     [&](const Setting& setting) { return setting.key.starts_with(prefix); });
}

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

  Status ReadMap(const YAML::Node& map, const std::string& prefix, int depth) {
    std::set<std::string> seen;
    for (const auto& member : map) {
      if (!member.first.IsScalar()) {
        return At(file_, LineOf(member.first), "a key is not a plain word");
      }
      const std::string key = prefix + member.first.Scalar();
      const int line = LineOf(member.first);
      if (!seen.insert(key).second) return At(file_, line, Quoted(key) + ": given twice");
      if (const Setting* setting = FindSetting(key); setting != nullptr) {
        JETKEEP_TRY(ReadValue(*setting, member.second, line));
      } else if (IsSection(key) && depth < 4) {
        if (member.second.IsNull()) continue;
        if (!member.second.IsMap()) {
          return At(file_, line, key + ": expected a section with keys of its own");
        }
        JETKEEP_TRY(ReadMap(member.second, key + ".", depth + 1));
      } else {
        return At(file_, line, Quoted(key) + ": unknown key", SuggestionFor(key));
      }
    }
    return {};
  }

  std::vector<FileValue> TakeValues() { return std::move(values_); }

 private:
  Status ReadValue(const Setting& setting, const YAML::Node& node, int line) {
    FileValue value{&setting, {}, line};
    const bool is_list = std::holds_alternative<std::vector<std::string> Config::*>(setting.field);
    if (node.IsSequence() && is_list) {
      for (const auto& item : node) JETKEEP_TRY(ReadScalar(setting, item, line, value.texts));
      if (value.texts.empty())
        return At(file_, line, std::string(setting.key) + ": the list is empty");
    } else {
      JETKEEP_TRY(ReadScalar(setting, node, line, value.texts));
    }
    Config ignored;
    if (Status status = ApplySetting(setting, value.texts, ignored); !status) {
      return At(file_, line, std::string(setting.key) + ": " + status.error().message,
                status.error().hint);
    }
    values_.push_back(std::move(value));
    return {};
  }

  Status ReadScalar(const Setting& setting, const YAML::Node& node, int line,
                    std::vector<std::string>& texts) {
    const std::string key(setting.key);
    if (node.IsNull() || !node.IsDefined()) {
      return At(file_, line, key + ": has no value", "Leave the key out to keep the default.");
    }
    if (!node.IsScalar()) {
      return At(file_, line, key + ": wrong type: expected " + ExpectedType(setting));
    }
    const bool is_text = std::holds_alternative<std::string Config::*>(setting.field) ||
                         std::holds_alternative<std::vector<std::string> Config::*>(setting.field);
    const bool is_number = std::holds_alternative<std::uint32_t Config::*>(setting.field);
    if (is_text && LooksLikeNumberOrBool(node)) {
      return At(file_, line, key + ": wrong type: expected a text",
                "Put the value in quotes if it is meant as it stands.");
    }
    if (is_number && node.Tag() != "?") {
      return At(file_, line, key + ": wrong type: expected a number", "Write it without quotes.");
    }
    texts.push_back(node.Scalar());
    return {};
  }

  static std::string ExpectedType(const Setting& setting) {
    struct Namer {
      const char* operator()(std::string Config::*) const { return "a text"; }
      const char* operator()(std::vector<std::string> Config::*) const {
        return "a text or a list of texts";
      }
      const char* operator()(std::uint32_t Config::*) const { return "a number"; }
      const char* operator()(std::uint64_t Config::*) const { return "a size such as 64MiB"; }
      const char* operator()(std::chrono::milliseconds Config::*) const {
        return "a duration such as 30s";
      }
      const char* operator()(Compression Config::*) const { return "a compression level"; }
    };
    return std::visit(Namer{}, setting.field);
  }

  const std::string& file_;
  std::vector<FileValue> values_;
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

// Runs a reader and turns what yaml-cpp throws into errors.
template <typename Function>
auto WithoutExceptions(const std::string& file, Function function) -> decltype(function()) {
  try {
    return function();
  } catch (const YAML::Exception& error) {
    const int line = error.mark.is_null() ? 0 : error.mark.line + 1;
    return At(file, line, "not valid YAML: " + Quoted(error.msg));
  } catch (const std::exception& error) {
    return At(file, 0, "not valid YAML: " + Quoted(error.what()));
  }
}

}  // namespace

Result<std::vector<FileValue>> ParseConfigFile(std::string_view bytes,
                                               const std::string& file_name) {
  return WithoutExceptions(file_name, [&]() -> Result<std::vector<FileValue>> {
    JETKEEP_ASSIGN(const YAML::Node root, LoadOne(bytes, file_name));
    if (root.IsNull() || !root.IsDefined()) return std::vector<FileValue>{};
    if (!root.IsMap()) return At(file_name, LineOf(root), "expected keys and values");
    ConfigFileReader reader(file_name);
    JETKEEP_TRY(reader.ReadMap(root, "", 0));
    return reader.TakeValues();
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
    return Fail(Errc::kConfigInvalid, "cannot read " + path + ": " + std::strerror(system_error));
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
