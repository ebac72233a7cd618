#include "service/config/redact.h"

namespace jetkeep {
namespace {

std::string HideOne(std::string_view url) {
  // The last @: a password may hold one, a host cannot.
  const std::size_t at = url.rfind('@');
  if (at == std::string_view::npos) return std::string(url);
  const std::size_t scheme_end = url.find("://");
  const std::size_t start =
      scheme_end == std::string_view::npos || scheme_end > at ? 0 : scheme_end + 3;
  return std::string(url.substr(0, start)) + std::string(kHidden) + std::string(url.substr(at));
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

}  // namespace jetkeep
