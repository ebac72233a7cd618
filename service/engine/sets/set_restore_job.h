// SetRestoreJob: restores the streams of a set, all or none of them.
//
// Order: which set and which of its streams; then, for every stream, the name, the subjects, limits
// summed up, replicas, configuration, consumers, grants, and every stored byte; only then the first
// is begun. Streams are left with their tokens in them until all are whole; then the restore is
// committed, and they are released to their users. If one fails, those that were made are removed,
// by the same proofs as after the restore of one stream. With keep_going each stream is on its own.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/engine.h"
#include "jetkeep/mutex.h"
#include "service/engine/restore/restore_attempts.h"
#include "service/engine/restore/restore_grants.h"
#include "service/engine/sets/set_claim.h"
#include "service/engine/sets/set_progress.h"
#include "service/engine/sets/stream_gate.h"
#include "service/engine/update/config_update.h"

namespace jetkeep {

class SetRestoreJob {
 public:
  // All must outlive the job.
  SetRestoreJob(const RestoreTools& tools, StreamGate& gate, JobObserver& observer,
                const CancelToken& cancel)
      : tools_(tools),
        gate_(gate),
        observer_(observer),
        cancel_(cancel),
        claim_(tools.repository, tools.options.server_account) {}

  Result<RestoreSetReport> Run(const RestoreSetSpec& spec);
  // What Run would do, by all checks that it makes before it sends anything. Changes nothing.
  Result<RestoreSetPreview> Preview(const RestoreSetSpec& spec);

 private:
  struct Member {
    SetMember of_set;
    StreamConfigFacts config;
    std::optional<Error> error;
    bool refused_by_plan = false;  // the error is that of the plan
    bool may = false;              // grants were asked for
    bool whole = false;            // stored bytes were read
    GrantsNeeded needs = {};
    SentMember sent;              // what the record says of it
    bool removal_failed = false;  // what it left is still to be removed
    bool unknown = false;         // or may have left: only the record knows
    RestoreInProgress made = {};  // what was sent
    std::optional<RestoreReport> report;
    // The stream is there, and only its configuration is restored.
    std::optional<ConfigUpdate> update = {};
    bool updated = false;
    std::vector<std::string> planned_warnings = {};
  };

  Status Choose();
  // Every check that can be made before something is sent; errors stay with the members.
  Status CheckAll();
  bool Refused() const;
  // Plans each member that nothing else keeps from being restored.
  Status PlanAll(const ServerFacts& found);
  Status CheckMember(Member& member, ServerFacts& facts);
  // Whether streams that are there are brought to their configurations.
  bool UpdatesStreams() const { return spec_.update_config || set_.summary.config_only; }
  // As they will be: what one stream gives up another one may take over.
  void SetWantedConfigs(ServerFacts& facts) const;
  Status CheckUpdate(Member& member, const Manifest& manifest, ServerFacts& facts);
  // Streams that take a subject over come after those that give it up.
  // stuck: those that exchange subjects in a circle.
  std::vector<Member*> UpdatesInOrder(std::vector<Member*>& stuck);
  // Both: whether any was refused.
  bool RefuseExchanges();
  bool RefuseTakers(const ServerFacts& found);
  // After all that is made is whole: an update cannot be undone.
  void UpdateAll();
  std::string Updated() const;
  // Makes the check for each member that is left. False: the others have to be planned again.
  bool Hold(Status (SetRestoreJob::*check)(Member& member));
  // Each once.
  Status CheckGrants(Member& member);
  Status CheckStored(Member& member);
  Status RefuseUnlessAllGood() const;
  Status Record();
  void RestoreAll(const ServerFacts& facts);
  void RestoreOne(Member& member, const ServerFacts& facts, SetProgressView& progress);
  // Calls task(i) for each of members_, several at once.
  void ForMembers(const std::function<void(std::size_t)>& task);
  bool stopped();
  struct Removal {
    std::size_t removed = 0;
    std::vector<std::string> left;  // what could not be removed, and why
    std::string hint;               // what to do about the first of them
    Errc code = Errc::kStreamExists;
    bool again = false;  // there is something to try again
  };
  // Removes what the members made for which `goes` holds.
  Removal Remove(const std::function<bool(const Member&)>& goes);
  // Whether an earlier attempt for the member may have left something.
  static bool LeftSomething(const Member& member) {
    return member.removal_failed && !member.report;
  }
  // Removes what was made. The error says what failed, and what could not be removed.
  Error Undo();
  void ReleaseAll();
  RestoreTarget TargetOf(const Manifest& manifest) const;
  RestoreSetReport Report();

  const RestoreTools& tools_;
  StreamGate& gate_;
  JobObserver& observer_;
  const CancelToken& cancel_;
  RestoreSetSpec spec_;
  SetDetails set_;
  std::vector<Member> members_;
  std::vector<std::vector<std::size_t>> groups_;  // of members_
  SetClaim claim_;
  std::vector<std::string> warnings_;
  std::set<std::string> unchecked_;  // of the plans
  bool recorded_ = false;
  bool release_failed_ = false;
  Mutex mutex_;
  bool failed_ JETKEEP_GUARDED_BY(mutex_) = false;
};

}  // namespace jetkeep
