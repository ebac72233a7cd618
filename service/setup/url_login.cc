#include "service/setup/url_login.h"

#include <algorithm>
#include <string_view>

#include "protocol/base/server_url.h"

namespace jetkeep {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

Result<std::string> Decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? HexDigit(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      return Fail(Errc::kConfigInvalid, "the login in a server URL holds % without two hex digits",
                  "Write % itself as %25.");
    }
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

}  // namespace

Result<std::optional<UrlLogin>> TakeEscapedLogin(std::vector<std::string>& urls) {
  std::optional<std::string> login;
  bool escaped = false;
  bool different = false;
  for (const std::string& url : urls) {
    const ServerUrl split = SplitServerUrl(url);
    if (!split.login) continue;
    escaped = escaped || split.login->find('%') != std::string_view::npos;
    different = different || (login && *login != *split.login);
    login = std::string(*split.login);
  }
  if (!escaped) return std::nullopt;
  if (different) {
    return Fail(Errc::kConfigInvalid,
                "server URLs have different logins, one of them with percent-escapes",
                "Give the same login in each, or user and password apart from the URLs.");
  }
  UrlLogin result;
  const std::size_t colon = login->find(':');
  if (colon == std::string::npos) {
    JETKEEP_ASSIGN(result.token, Decode(*login));
  } else {
    JETKEEP_ASSIGN(result.user, Decode(login->substr(0, colon)));
    JETKEEP_ASSIGN(result.password, Decode(login->substr(colon + 1)));
  }
  for (std::string& url : urls) {
    const ServerUrl split = SplitServerUrl(url);
    url = std::string(split.scheme) + std::string(split.host);
  }
  return result;
}

}  // namespace jetkeep
