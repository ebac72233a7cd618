// The end of a restore: its token leaves the stream's configuration. Only then is the stream like
// any other, and the restore reported.
#pragma once

#include <string>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"

namespace jetkeep {

// Takes the token out by an update that changes nothing else, and reads the stream again. The value
// says in words what else differs afterwards (somebody else updated the stream meanwhile). No error
// if the token is gone already.
Result<std::vector<std::string>> TakeOutToken(JetStream& server, const std::string& stream,
                                              const std::string& token, const CancelToken& cancel);

}  // namespace jetkeep
