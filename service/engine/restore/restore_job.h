// RestoreJob: one attempt to bring one backup back as a stream, usually under its own name.
//
// Order: is the name free, can this server hold what comes back, is every byte of the backup right;
// only then does the server hear of it. After the transfer: is the state the manifest's, are all
// replicas current, are the consumers there. A failed attempt removes what it made, and only that.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/engine.h"
#include "jetkeep/jetstream.h"
#include "protocol/archive/v1_archive_writer.h"
#include "protocol/repository/manifest.h"
#include "service/engine/engine_options.h"
#include "service/engine/restore/consumer_plan.h"
#include "service/engine/restore/fenced_jetstream.h"
#include "service/engine/restore/restore_cleanup.h"
#include "service/repository/repository.h"

namespace jetkeep {

// What the restored stream is to be: a name that is free, and a configuration of that name.
struct RestoreTarget {
  std::string stream;
  std::string config_json;
  bool scratch = false;  // for a comparison only: to be removed by whoever asked, and by the next
                         // start if this process dies
};
// The stream as it was.
RestoreTarget SameStream(const Manifest& manifest);

class RestoreJob {
 public:
  // All must outlive the job.
  RestoreJob(JetStream& server, Repository& repository, const EngineOptions& options,
             JobObserver& observer, const CancelToken& cancel)
      : server_(server, [this]() -> Status { return mark_ ? mark_->Check() : Status(); }),
        repository_(repository),
        options_(options),
        observer_(observer),
        cancel_(cancel) {}

  Result<RestoreReport> Run(const Manifest& manifest, const RestoreTarget& target);
  // After the restore of a scratch stream, also a cancelled one: removes it. On failure its record
  // stays, so that it is removed later.
  Status RemoveScratch();
  // The server took the archive, or a part of it, and then refused it.
  bool server_did_not_unpack() const { return server_did_not_unpack_; }

 private:
  Status CheckTarget(const Manifest& manifest, const RestoreTarget& target);
  Status CheckSubjects(const RestoreTarget& target, const std::vector<std::string>& names);
  Status CheckBackup(const Manifest& manifest);
  RestoreInProgress Begin(const Manifest& manifest, const RestoreTarget& target);
  void Mark(const Manifest& manifest, std::int64_t started_ns);
  Error CleanUpAfter(Error error);
  void LetGo();
  Status End();
  Result<StreamInfo> BringBack(const Manifest& manifest, RestoreInProgress& progress);
  void WarnWithoutIndex(bool indexed);
  Status Compare(const RestoreInProgress& target, const StreamInfo& verdict);
  Status WaitCurrent(const std::string& stream);
  Status BringUpConsumers(const Manifest& manifest, const RestoreInProgress& target);

  FencedJetStream server_;  // by the record's lease
  Repository& repository_;
  const EngineOptions& options_;
  JobObserver& observer_;
  const CancelToken& cancel_;
  ConsumerPlan consumers_;
  std::vector<std::string> warnings_;
  std::uint64_t sent_bytes_ = 0;
  bool may_have_begun_ = false;  // from then on there may be something to remove
  ServerIdentity server_identity_;
  RestoreInProgress progress_;
  std::unique_ptr<RestoreMark> mark_;
  bool server_did_not_unpack_ = false;
  bool use_v2_ = false;  // the format that is sent
  std::uint64_t max_age_ns_ = 0;
  bool removes_on_ack_ = false;
  bool replicated_ = false;
};

}  // namespace jetkeep
