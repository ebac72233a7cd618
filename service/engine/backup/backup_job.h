// BackupJob: one attempt to back up one stream.
//
// Order: the stream exists; the snapshot is taken and decoded into the backup's writer; the
// consumers are listed, so that none is ahead of the stream; the tail is read until one state of
// the stream is inside as a whole; then, and only then, the manifest is written. Anything less is
// an error, retryable where a new attempt may go better.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/job.h"
#include "protocol/js_config/stream_config.h"
#include "service/engine/backup/capture.h"
#include "service/engine/backup/cut_verdict.h"
#include "service/engine/backup/exact_cut.h"
#include "service/engine/job_context.h"

namespace jetkeep {

class BackupJob {
 public:
  // REQUIRES: there is a server.
  explicit BackupJob(const JobContext& job) : job_(job) {}

  // keep_damaged: messages that cannot be read make a damaged backup; otherwise an error, because a
  // new attempt may still read them.
  Result<BackupReport> Run(const std::string& stream, bool keep_damaged);

 private:
  // By a snapshot, or message by message where the server makes none.
  Result<CaptureResult> Take(const std::string& stream, const StreamInfo& before,
                             BackupWriter& writer);
  // Takes out of the cut what the stream's own limits do not allow.
  Status LeaveOutSurplus(const StreamConfigFacts& facts, BackupWriter& writer, Cut& cut);
  Status CheckDamage(const CaptureResult& capture, const CutVerdict& verdict, bool keep_damaged);

  const JobContext job_;
  std::vector<std::string> warnings_;
};

}  // namespace jetkeep
