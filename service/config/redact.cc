#include "service/config/redact.h"

#include "protocol/base/server_url.h"

namespace jetkeep {
namespace {

std::string HideOne(std::string_view url) {
  const ServerUrl split = SplitServerUrl(url);
  if (!split.login) return std::string(url);
  return std::string(split.scheme) + std::string(kHidden) + "@" + std::string(split.host);
}

}  // namespace

std::string HideUrlSecrets(std::string_view urls) {
  std::string shown;
  while (true) {
    const std::size_t comma = urls.find(',');
    shown += HideOne(urls.substr(0, comma));
    if (comma == std::string_view::npos) return shown;
    shown += ',';
    urls.remove_prefix(comma + 1);
  }
}

std::string ShownServers(const std::vector<std::string>& urls) {
  std::string shown;
  for (const std::string& url : urls) {
    if (!shown.empty()) shown += ',';
    shown += HideUrlSecrets(url);
  }
  return shown;
}

}  // namespace jetkeep
