#include "protocol/base/http_url.h"

#include <utility>

namespace jetkeep {
namespace {

tl::unexpected<Error> BadUrl(std::string message) {
  return Fail(Errc::kConfigInvalid, std::move(message), "Write it like http://pushgateway:9091.");
}

}  // namespace

Result<HttpUrl> ParseHttpUrl(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  if (text.starts_with("https://")) return BadUrl("metrics are pushed over plain http only");
  if (!text.starts_with(kScheme)) return BadUrl("the URL does not begin with http://");
  text.remove_prefix(kScheme.size());
  const std::size_t slash = text.find('/');
  const std::string_view authority = text.substr(0, slash);
  std::string path(slash == std::string_view::npos ? "/" : text.substr(slash));
  if (authority.find('@') != std::string_view::npos) return BadUrl("the URL holds a login");
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '?' || c == '#') {
      return BadUrl("the URL's path holds a character that cannot be in one");
    }
  }
  auto place = ParseHostPort(authority);
  if (!place) place = ParseHostPort(std::string(authority) + ":80");
  if (!place || place->host.empty() || place->port == 0) return BadUrl("the URL names no host");
  return HttpUrl{*std::move(place), std::move(path)};
}

std::string EncodePathPart(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
        c == '_' || c == '.' || c == '~') {
      encoded += c;
    } else {
      encoded += '%';
      encoded += kDigits[byte >> 4U];
      encoded += kDigits[byte & 0xfU];
    }
  }
  return encoded;
}

}  // namespace jetkeep
