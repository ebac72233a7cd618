// Whether somebody uses a folder of files: what can be seen of it from this process. Servers take
// no lock on their store. Thread-safety: any thread.
#pragma once

#include <set>
#include <string>

#include "jetkeep/error.h"
#include "protocol/codec/digest.h"

namespace jetkeep {

struct StoreUsers {
  // "nats-server (process 4711) has … open", or that it was started with the folder; empty: none
  // that can be seen.
  std::string seen;
  // Some processes of this host could not be looked at.
  bool hidden = false;
};

// Processes of this host with open files in the folder, and servers that were started with it (they
// close their files when they are idle). Those of other hosts, and of containers
// that this one does not see, are not found.
StoreUsers FindUsers(const std::string& folder);

// Of the names, sizes and times of all files in the folder, but for what a StagedFolder is writing:
// two that differ show that somebody writes there. but_for: paths of folders in it that are left
// out.
Result<Digest> LookAt(const std::string& folder, const std::set<std::string>& but_for = {});

}  // namespace jetkeep
