#include "protocol/base/server_url.h"

namespace jetkeep {

ServerUrl SplitServerUrl(std::string_view url) {
  ServerUrl split;
  const std::size_t at = url.rfind('@');
  const std::size_t scheme_end = url.find("://");
  if (scheme_end != std::string_view::npos && (at == std::string_view::npos || scheme_end < at)) {
    split.scheme = url.substr(0, scheme_end + 3);
  }
  if (at == std::string_view::npos) {
    split.host = url.substr(split.scheme.size());
  } else {
    split.login = url.substr(split.scheme.size(), at - split.scheme.size());
    split.host = url.substr(at + 1);
  }
  return split;
}

}  // namespace jetkeep
