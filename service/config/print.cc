#include "service/config/print.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "service/config/redact.h"
#include "service/config/settings.h"

namespace jetkeep {
namespace {

constexpr std::size_t kMaxPadding = 48;

bool IsText(const Setting& setting) {
  return std::holds_alternative<std::string Config::*>(setting.field) ||
         std::holds_alternative<std::vector<std::string> Config::*>(setting.field);
}

// Quotes leave no question of how YAML would take a text.
std::string QuoteForYaml(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

std::vector<ShownSetting> ShowConfig(const LoadedConfig& loaded) {
  std::vector<ShownSetting> shown;
  for (const Setting& setting : Settings()) {
    std::string value = ShowSetting(setting, loaded.config);
    if (setting.secret && !value.empty()) value = kHidden;
    if (setting.rule == SettingRule::kServerUrl) value = HideUrlSecrets(value);
    const auto origin = loaded.origins.find(setting.key);
    shown.push_back({std::string(setting.key), std::move(value),
                     origin == loaded.origins.end() ? "default" : DescribeOrigin(origin->second)});
  }
  return shown;
}

std::string PrintConfig(const LoadedConfig& loaded) {
  std::string text;
  std::vector<std::string_view> open;  // the sections we are in
  const std::vector<ShownSetting> all = ShowConfig(loaded);
  // Sections are printed once each, whatever the order of the table.
  std::vector<const ShownSetting*> order;
  order.reserve(all.size());
  for (const ShownSetting& shown : all) order.push_back(&shown);
  std::stable_sort(order.begin(), order.end(), [&](const auto* a, const auto* b) {
    const auto first_of_section = [&](const ShownSetting& shown) {
      const std::string section = shown.key.substr(0, shown.key.find('.'));
      return std::find_if(all.begin(), all.end(), [&](const ShownSetting& other) {
        return other.key.substr(0, other.key.find('.')) == section;
      });
    };
    return first_of_section(*a) < first_of_section(*b);
  });
  for (const ShownSetting* shown : order) {
    std::vector<std::string_view> parts;
    std::string_view rest = shown->key;
    for (std::size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
      parts.push_back(rest.substr(0, dot));
      rest.remove_prefix(dot + 1);
    }
    std::size_t common = 0;
    while (common < parts.size() && common < open.size() && parts[common] == open[common]) ++common;
    for (std::size_t i = common; i < parts.size(); ++i) {
      text += std::string(2 * i, ' ') + std::string(parts[i]) + ":\n";
    }
    open = parts;
    const Setting* setting = FindSetting(shown->key);
    std::string line = std::string(2 * parts.size(), ' ') + std::string(rest) + ": " +
                       (IsText(*setting) ? QuoteForYaml(shown->value) : shown->value);
    line.append(line.size() < kMaxPadding ? kMaxPadding - line.size() : 1, ' ');
    text += line + "# " + shown->origin + "\n";
  }
  return text;
}

}  // namespace jetkeep
