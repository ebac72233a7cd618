#include "service/store/key.h"

#include <string_view>

namespace jetkeep {

Status CheckKey(const std::string& key) {
  std::string_view rest = key;
  while (true) {
    const auto slash = rest.find('/');
    const std::string_view part = rest.substr(0, slash);
    if (part.empty() || part == "." || part == ".." || part.find('\0') != std::string_view::npos) {
      // No other try makes it one.
      return Fail(Errc::kInvalidName, "\"" + key + "\" is not a path inside the repository");
    }
    if (slash == std::string_view::npos) return {};
    rest.remove_prefix(slash + 1);
  }
}

Status CheckPrefix(const std::string& prefix) {
  return prefix.empty() ? Status{} : CheckKey(prefix);
}

}  // namespace jetkeep
