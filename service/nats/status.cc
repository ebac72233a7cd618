#include "service/nats/status.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "protocol/base/utf8.h"

namespace jetkeep {
namespace {

Errc CodeOf(natsStatus status) {
  switch (status) {
    case NATS_TIMEOUT:
      return Errc::kTimeout;
    case NATS_NO_RESPONDERS:
      return Errc::kNoResponders;
    case NATS_CONNECTION_CLOSED:
    case NATS_CONNECTION_DISCONNECTED:
    case NATS_NO_SERVER:
    case NATS_NOT_YET_CONNECTED:
    case NATS_STALE_CONNECTION:
    case NATS_IO_ERROR:
    case NATS_DRAINING:
    case NATS_INSUFFICIENT_BUFFER:  // of what is kept while there is no server
      return Errc::kNotConnected;
    case NATS_CONNECTION_AUTH_FAILED:
    case NATS_NOT_PERMITTED:
      return Errc::kPermissionDenied;
    case NATS_INVALID_SUBJECT:
    case NATS_INVALID_QUEUE_NAME:
      return Errc::kInvalidRequest;
    case NATS_MAX_PAYLOAD:
      return Errc::kRequestTooLarge;
    case NATS_SLOW_CONSUMER:
    case NATS_INVALID_SUBSCRIPTION:
      return Errc::kTransferInterrupted;
    default:
      return Errc::kInternal;
  }
}

// The length of "(conn.c:2088): " at the start of the text; 0 if something else is there.
std::size_t SourcePlaceLength(std::string_view text) {
  if (!text.starts_with('(')) return 0;
  const std::size_t suffix = text.find(".c:");
  if (suffix == std::string_view::npos) return 0;
  const auto plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '/';
  };
  if (!std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(suffix), plain)) {
    return 0;
  }
  std::size_t end = suffix + 3;
  while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])) != 0) ++end;
  return text.substr(end).starts_with("): ") ? end + 3 : 0;
}

}  // namespace

std::string LibraryText(const char* text) {
  std::string clean;
  for (std::string_view rest = text == nullptr ? "" : text; !rest.empty();) {
    if (const std::size_t place = SourcePlaceLength(rest); place > 0) {
      rest.remove_prefix(place);
    } else {
      clean += rest.front();
      rest.remove_prefix(1);
    }
  }
  constexpr std::string_view kNothing = ": (null)";
  if (clean.ends_with(kNothing)) clean.erase(clean.size() - kNothing.size());
  return std::string(WithoutPartialCharacter(clean));
}

Error FromNats(natsStatus status, const std::string& what) {
  natsStatus last_status = NATS_OK;
  const std::string detail = LibraryText(nats_GetLastError(&last_status));
  const std::string text = natsStatus_GetText(status);
  std::string message = what + ": " + text;
  const bool about_this = last_status == status && !detail.empty() && detail != text;
  if (about_this) message += " (" + detail + ")";
  return Error{CodeOf(status), std::move(message), {}};
}

}  // namespace jetkeep
