// What the client library's status codes mean to us. Private to this folder.
#pragma once

#include <nats/nats.h>

#include <string>

#include "jetkeep/error.h"

namespace jetkeep {

// The library's text in a form for people: without places in its sources ("(conn.c:2088): ") and
// without a character that its buffer has cut in half.
std::string LibraryText(const char* text);

// `what` names the operation: "connect", "publish to X".
Error FromNats(natsStatus status, const std::string& what);

inline Status CheckNats(natsStatus status, const std::string& what) {
  if (status == NATS_OK) return {};
  return Fail(FromNats(status, what));
}

}  // namespace jetkeep
