// Whether this user may do what a restore does to the stream after the archive was sent: a grant
// that is missing is found before anything is sent.
#pragma once

#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"
#include "service/engine/restore/restore_plan.h"

namespace jetkeep {

// One kPermissionDenied for each grant, with its subject; and whatever else kept the server from
// being asked, which ends the list.
std::vector<Error> MissingGrants(JetStream& server, const RestorePlan& plan);

}  // namespace jetkeep
