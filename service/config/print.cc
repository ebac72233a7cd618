#include "service/config/print.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "service/config/redact.h"
#include "service/config/settings.h"

namespace jetkeep {
namespace {

constexpr std::size_t kMaxPadding = 48;

// Quotes leave no question of how YAML would take a text.
std::string QuoteForYaml(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string ShownValue(const Setting& setting, const Config& config, std::size_t entry) {
  std::string value = ShowSetting(setting, config, entry);
  if (setting.secret && !value.empty()) value = kHidden;
  if (setting.rule == SettingRule::kServerUrl) value = HideUrlSecrets(value);
  return value;
}

// One line of the printed file.
struct Line {
  std::string_view key;  // with dots
  std::string value;
  std::string origin;
};

Line LineOf(const LoadedConfig& loaded, const Setting& setting, std::string_view key,
            std::size_t entry) {
  const std::string value = ShownValue(setting, loaded.config, entry);
  return {key, setting.is_text() ? QuoteForYaml(value) : value,
          DescribeOrigin(loaded.OriginOf(setting, entry))};
}

std::string_view FirstPart(std::string_view key) { return key.substr(0, key.find('.')); }

// Lines of one part follow each other, in the order in which the parts first come.
void GroupByFirstPart(std::vector<Line>& lines) {
  std::vector<std::string_view> parts;
  for (const Line& line : lines) {
    if (std::find(parts.begin(), parts.end(), FirstPart(line.key)) == parts.end()) {
      parts.push_back(FirstPart(line.key));
    }
  }
  std::vector<Line> grouped;
  for (const std::string_view part : parts) {
    for (Line& line : lines) {
      if (FirstPart(line.key) == part) grouped.push_back(std::move(line));
    }
  }
  lines = std::move(grouped);
}

std::string PrintLines(std::vector<Line> lines, std::size_t indent) {
  GroupByFirstPart(lines);
  std::string text;
  std::vector<std::string_view> open;  // the sections we are in
  for (const Line& line : lines) {
    std::vector<std::string_view> parts;
    std::string_view rest = line.key;
    for (std::size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
      parts.push_back(rest.substr(0, dot));
      rest.remove_prefix(dot + 1);
    }
    std::size_t common = 0;
    while (common < parts.size() && common < open.size() && parts[common] == open[common]) ++common;
    for (std::size_t i = common; i < parts.size(); ++i) {
      text += std::string(indent + 2 * i, ' ') + std::string(parts[i]) + ":\n";
    }
    open = parts;
    std::string printed =
        std::string(indent + 2 * parts.size(), ' ') + std::string(rest) + ": " + line.value;
    printed.append(printed.size() < kMaxPadding ? kMaxPadding - printed.size() : 1, ' ');
    text += printed + "# " + line.origin + "\n";
  }
  return text;
}

// The settings of an entry, its name first.
std::vector<const Setting*> EntrySettingsInOrder(Section section) {
  std::vector<const Setting*> settings = SettingsOfEntry(section);
  std::stable_partition(settings.begin(), settings.end(),
                        [](const Setting* setting) { return setting->entry_key == "name"; });
  return settings;
}

std::string PrintEntries(const LoadedConfig& loaded, Section section, std::size_t count) {
  std::string text = std::string(SectionName(section)) + ":\n";
  for (std::size_t entry = 0; entry < count; ++entry) {
    std::vector<Line> lines;
    for (const Setting* setting : EntrySettingsInOrder(section)) {
      const std::string value = ShowSetting(*setting, loaded.config, entry);
      // A label has no empty value that a file could give.
      if (value.empty() && setting->rule == SettingRule::kName) continue;
      lines.push_back(LineOf(loaded, *setting, setting->entry_key, entry));
    }
    std::string printed = PrintLines(std::move(lines), 4);
    printed.replace(2, 1, "-");
    text += printed;
  }
  return text;
}

// Whether the setting is shown by its flat key.
bool IsFlat(const LoadedConfig& loaded, const Setting& setting) {
  return loaded.NameOf(setting) == setting.key;
}

}  // namespace

std::vector<ShownSetting> ShowConfig(const LoadedConfig& loaded) {
  std::vector<ShownSetting> shown;
  const auto add = [&](const Setting& setting, std::size_t entry) {
    shown.push_back({loaded.NameOf(setting, entry), ShownValue(setting, loaded.config, entry),
                     DescribeOrigin(loaded.OriginOf(setting, entry))});
  };
  for (const Setting& setting : Settings()) {
    if (IsFlat(loaded, setting)) add(setting, 0);
  }
  const auto add_entries = [&](Section section, std::size_t count) {
    for (std::size_t entry = 0; entry < count; ++entry) {
      for (const Setting* setting : EntrySettingsInOrder(section)) add(*setting, entry);
    }
  };
  if (loaded.has_accounts) add_entries(Section::kAccount, loaded.config.accounts.size());
  if (loaded.has_stores) add_entries(Section::kStore, loaded.config.stores.size());
  return shown;
}

std::string PrintConfig(const LoadedConfig& loaded) {
  std::string text;
  if (loaded.has_accounts) {
    text += PrintEntries(loaded, Section::kAccount, loaded.config.accounts.size());
  }
  if (loaded.has_stores) {
    text += PrintEntries(loaded, Section::kStore, loaded.config.stores.size());
  }
  std::vector<Line> lines;
  for (const Setting& setting : Settings()) {
    if (IsFlat(loaded, setting)) lines.push_back(LineOf(loaded, setting, setting.key, 0));
  }
  text += PrintLines(std::move(lines), 0);
  for (const std::string& warning : loaded.warnings) text += "# warning: " + warning + "\n";
  return text;
}

}  // namespace jetkeep
