// PruneRun: judges the account's sets and backups by the rules, and removes those that go. The
// repository must outlive it. Thread-safety: one thread. Other instances may work on the repository
// meanwhile: each removal looks again, under its lock, at pins, readers and the last good backup.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "jetkeep/prune.h"
#include "service/policy/retention.h"
#include "service/repository/repository.h"

namespace jetkeep {

class PruneRun {
 public:
  PruneRun(Repository& repository, const CancelToken& cancel)
      : repository_(repository), cancel_(cancel) {}

  // An error means that nothing was removed; kBackupInUse while a set is being made. What could not
  // be removed fails alone, and so does what a cancellation left.
  Result<PruneReport> Run(const PruneSpec& spec);

 private:
  struct Judged {
    std::string group;  // what is judged together: a stream's backups of a kind, sets of streams
    Candidate candidate;
    PruneDecision decision;
  };

  Status ReadBackups(const std::vector<std::string>& patterns);
  Status ReadNaming();
  Status ReadSets();
  Worth WorthOfSet(const SetDetails& set) const;
  static void Judge(std::vector<Judged>& all, const Retention& keep);
  void HoldMembers();
  void RemoveSets();
  void RemoveBackups();
  void Warn(const Error& error);
  PruneReport Report();

  Repository& repository_;
  const CancelToken cancel_;
  std::vector<Judged> sets_;                      // newest first
  std::vector<Judged> backups_;                   // newest first
  std::unordered_map<std::string, Worth> worth_;  // of the backups, by id
  bool all_read_ = true;  // false: backups may be there that could not be read
  // The sets that name a backup, by its id.
  std::map<std::string, std::vector<std::string>> naming_;
  PruneReport report_;
};

}  // namespace jetkeep
