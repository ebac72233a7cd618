// Whether this user may do what a restore does to the stream after the archive was sent: a grant
// that is missing is found before anything is sent.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"
#include "jetkeep/stream.h"
#include "service/engine/restore/restore_plan.h"

namespace jetkeep {

// What a restore does to the stream after the archive was sent.
struct GrantsNeeded {
  std::string stream;
  bool scratch = false;
  // One of the consumers that it creates: all of them are created by the same few subjects.
  std::optional<ConsumerBackup> creates = std::nullopt;
};
GrantsNeeded NeededBy(const RestorePlan& plan);

// One kPermissionDenied for each grant, with its subject; and whatever else kept the server from
// being asked, which ends the list.
std::vector<Error> MissingGrants(JetStream& server, const GrantsNeeded& needed);

}  // namespace jetkeep
