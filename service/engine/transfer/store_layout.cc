#include "service/engine/transfer/store_layout.h"

#include <algorithm>

namespace jetkeep {
namespace {

constexpr std::string_view kRaftLogs = "_js_";

}  // namespace

Result<FolderNames> NamesIn(const SourceFolder& folder) {
  JETKEEP_ASSIGN(const std::vector<SourceEntry> entries, folder.List());
  FolderNames names;
  for (const SourceEntry& entry : entries) {
    if (entry.kind == SourceEntryKind::kFolder) names.folders.push_back(entry.name);
    if (entry.kind == SourceEntryKind::kLink) names.links.push_back(entry.name);
  }
  return names;
}

bool HasRaftLogs(const SourceFolder& account_folder) {
  const auto names = NamesIn(account_folder);
  const auto has = [](const std::vector<std::string>& list) {
    return std::find(list.begin(), list.end(), kRaftLogs) != list.end();
  };
  return names && (has(names->folders) || has(names->links));
}

}  // namespace jetkeep
