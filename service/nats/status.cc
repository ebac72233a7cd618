#include "service/nats/status.h"

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

}  // namespace

Error FromNats(natsStatus status, const std::string& what) {
  natsStatus last_status = NATS_OK;
  const char* detail = nats_GetLastError(&last_status);
  std::string message = what + ": " + natsStatus_GetText(status);
  const bool about_this = last_status == status && detail != nullptr && *detail != '\0';
  if (about_this) message += std::string(" (") + detail + ")";
  return Error{CodeOf(status), std::move(message), {}};
}

}  // namespace jetkeep
