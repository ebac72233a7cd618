// What the client library's status codes mean to us. Private to this folder.
#pragma once

#include <nats/nats.h>

#include <string>

#include "jetkeep/error.h"

namespace jetkeep {

// `what` names the operation: "connect", "publish to X".
Error FromNats(natsStatus status, const std::string& what);

inline Status CheckNats(natsStatus status, const std::string& what) {
  if (status == NATS_OK) return {};
  return Fail(FromNats(status, what));
}

}  // namespace jetkeep
