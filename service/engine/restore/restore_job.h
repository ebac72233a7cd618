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
#include "protocol/repository/manifest.h"
#include "service/engine/engine_options.h"
#include "service/engine/restore/arrival.h"
#include "service/engine/restore/expiry_survey.h"
#include "service/engine/restore/fenced_jetstream.h"
#include "service/engine/restore/restore_cleanup.h"
#include "service/engine/restore/restore_plan.h"
#include "service/repository/repository.h"

namespace jetkeep {

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
  // The consumer for which the server refused what it was sent (kConsumerRefused); may be empty.
  const std::string& refused_consumer() const { return refused_consumer_; }

 private:
  // The plan, unless something forbids it.
  Status MakePlan(const Manifest& manifest, const RestoreTarget& target);
  Status CheckBackup(const Manifest& manifest);
  RestoreInProgress Begin(const RestoreTarget& target);
  void Mark(const Manifest& manifest, std::int64_t started_ns);
  Error CleanUpAfter(Error error);
  void LetGo();
  Status End();
  // The same error, naming the consumer that the server did not take, if it was for one.
  Error BlameConsumer(Error error);
  Result<StreamInfo> BringBack(const Manifest& manifest, RestoreInProgress& progress);
  void WarnWithoutIndex(bool indexed);
  Arrival Judge(const Manifest& manifest, const StreamInfo& live) const;
  Status Compare(const Manifest& manifest, const StreamInfo& verdict);
  Status WaitCurrent(const std::string& stream);
  Status BringUpConsumers(const Manifest& manifest, const RestoreInProgress& target);

  FencedJetStream server_;  // by the record's lease
  Repository& repository_;
  const EngineOptions& options_;
  JobObserver& observer_;
  const CancelToken& cancel_;
  RestorePlan plan_;
  std::vector<std::string> warnings_;
  std::uint64_t sent_bytes_ = 0;
  std::string refused_consumer_;
  bool may_have_begun_ = false;  // from then on there may be something to remove
  ServerIdentity server_identity_;
  RestoreInProgress progress_;
  std::unique_ptr<RestoreMark> mark_;
  bool server_did_not_unpack_ = false;
  std::unique_ptr<const ExpirySurvey> survey_;  // of what was sent
};

}  // namespace jetkeep
