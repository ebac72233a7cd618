#include "service/config/live.h"

#include <cstddef>
#include <span>

namespace jetkeep {
namespace {

std::size_t EntriesOf(const LoadedConfig& loaded, Section section) {
  switch (section) {
    case Section::kAccount:
      return loaded.config.accounts.size();
    case Section::kStore:
      return loaded.config.stores.size();
    case Section::kService:
      break;
  }
  return 1;
}

bool SameEntries(const LoadedConfig& a, const LoadedConfig& b, Section section) {
  return EntriesOf(a, section) == EntriesOf(b, section) &&
         (section != Section::kAccount || a.has_accounts == b.has_accounts) &&
         (section != Section::kStore || a.has_stores == b.has_stores);
}

}  // namespace

ConfigChange CompareConfig(const LoadedConfig& running, const LoadedConfig& now) {
  ConfigChange change;
  for (const Section section : {Section::kAccount, Section::kStore}) {
    if (!SameEntries(running, now, section)) change.restart.emplace_back(SectionName(section));
  }
  for (const std::span<const Setting> table : {Settings(), EntrySettings()}) {
    for (const Setting& setting : table) {
      if (!SameEntries(running, now, setting.section())) continue;
      for (std::size_t entry = 0; entry < EntriesOf(now, setting.section()); ++entry) {
        if (ShowSetting(setting, running.config, entry) ==
            ShowSetting(setting, now.config, entry)) {
          continue;
        }
        (setting.live ? change.live : change.restart).push_back(now.NameOf(setting, entry));
      }
    }
  }
  return change;
}

void TakeLive(const Config& now, Config& running) {
  for (const Setting& setting : Settings()) {
    if (!setting.live) continue;
    // A value that was accepted is accepted again.
    static_cast<void>(ApplySetting(setting, {ShowSetting(setting, now)}, running));
  }
}

}  // namespace jetkeep
