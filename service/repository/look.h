// Look: what monitoring wants to know of a repository: its backups, and what was tried. Read on the
// caller's thread, one object after the other, so that it takes no worker from jobs; nothing is
// kept of what the visitor has seen. Thread-safety: any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/store.h"
#include "service/repository/listing.h"

namespace jetkeep {

// How an attempt to back up one stream ended, by a job of its own or as a member of a set. By
// whichever process: the repository keeps it.
struct Attempt {
  std::string stream;
  std::int64_t time_ns = 0;      // of the job's end
  const Error* error = nullptr;  // null: a backup was made
};

struct LookVisitor {
  BackupVisitor backups;
  std::function<void(const Attempt&)> attempt;  // after all backups
};

// What cannot be read of sets and jobs is told to `backups.unreadable`, too. Cancelled jobs are no
// attempts. kCancelled.
Status LookAt(Store& store, const std::string& account, const LookVisitor& visitor,
              const CancelToken& cancel);

}  // namespace jetkeep
