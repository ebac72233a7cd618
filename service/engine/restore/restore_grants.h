// Whether this user may do what a restore does to the stream after the archive was sent: a grant
// that is missing is found before anything is sent.
#pragma once

#include <string>

#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"
#include "service/engine/restore/restore_plan.h"

namespace jetkeep {

// kPermissionDenied names the subject.
Status CheckRestoreGrants(JetStream& server, const RestorePlan& plan);

}  // namespace jetkeep
