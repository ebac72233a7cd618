// Which consumer of an archive a server's refusal is about. Pure.
#pragma once

#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/snapshot.h"

namespace jetkeep {

// The name of the one among those that were sent; empty: the error is about something else.
std::string RefusedConsumer(const Error& error, const std::vector<ConsumerBackup>& sent);

// The server's error as kConsumerRefused, with a hint.
Error ConsumerRefusedError(Error error, const std::string& consumer);

}  // namespace jetkeep
