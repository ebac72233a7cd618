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

#include "jetkeep/jetstream.h"
#include "jetkeep/job.h"
#include "protocol/repository/manifest.h"
#include "service/engine/job_context.h"
#include "service/engine/restore/arrival.h"
#include "service/engine/restore/expiry_survey.h"
#include "service/engine/restore/restore_claim.h"
#include "service/engine/restore/restore_plan.h"

namespace jetkeep {

// For the restore of many streams: what was asked and checked for all of them before the first is
// begun. Such a stream is left with its token in it, until all are there.
struct PreparedRestore {
  const ServerFacts& facts;
  SharedClaim& claim;
};

class RestoreJob {
 public:
  // REQUIRES: there is a server. prepared: null for the restore of one stream.
  explicit RestoreJob(const JobContext& job, const PreparedRestore* prepared = nullptr)
      : claim_(*job.server, job.repository, prepared == nullptr ? nullptr : &prepared->claim),
        server_(claim_.server()),
        job_(job),
        prepared_(prepared) {}

  Result<RestoreReport> Run(const Manifest& manifest, const RestoreTarget& target);
  // After the restore of a scratch stream, also a cancelled one: removes it. On failure its record
  // stays, so that it is removed later.
  Status RemoveScratch() { return claim_.Remove(); }
  // What it did, or would have done.
  const RestorePlan& plan() const { return plan_; }
  // After the restore of one of many: what was made.
  const RestoreInProgress& made() { return claim_.progress(); }
  bool removal_failed() const { return claim_.removal_failed(); }
  // The server took the archive, or a part of it, and then refused it.
  bool server_did_not_unpack() const { return server_did_not_unpack_; }
  // The stream is whole and stays, whatever the error says.
  bool stays_whole() const { return stays_whole_; }
  // The consumer for which the server refused what it was sent (kConsumerRefused); may be empty.
  const std::string& refused_consumer() const { return refused_consumer_; }

 private:
  // The plan, unless something forbids it.
  Status Prepare(const Manifest& manifest, const RestoreTarget& target);
  Status CheckNothingLost(const StreamInfo& verdict);
  // Gives the whole stream to its users.
  Status Release();
  // The same error, naming the consumer that the server did not take, if it was for one.
  Error BlameConsumer(Error error);
  Result<StreamInfo> SendAndVerify(const Manifest& manifest);
  void WarnWithoutIndex(bool indexed);
  std::int64_t ServerNow() const;
  Arrival Judge(const Manifest& manifest, const StreamInfo& live) const;
  // Counts what may be gone again, if the two clocks disagree.
  Status GoByServersClock(const Manifest& manifest, const StreamInfo& verdict);
  Status Compare(const Manifest& manifest, const StreamInfo& verdict);
  Status BringUpConsumers(const Manifest& manifest);

  RestoreClaim claim_;
  JetStream& server_;  // the claim's
  const JobContext job_;
  const PreparedRestore* const prepared_;
  RestorePlan plan_;
  std::vector<std::string> warnings_;
  std::uint64_t sent_bytes_ = 0;
  std::string refused_consumer_;
  bool server_did_not_unpack_ = false;
  bool stays_whole_ = false;
  std::unique_ptr<const ExpirySurvey> survey_;  // of what was sent
  std::int64_t server_ahead_ns_ = 0;            // of this machine; zero: about the same
};

}  // namespace jetkeep
