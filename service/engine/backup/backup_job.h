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

#include "jetkeep/cancel.h"
#include "jetkeep/engine.h"
#include "jetkeep/jetstream.h"
#include "protocol/js_config/stream_config.h"
#include "service/engine/backup/capture.h"
#include "service/engine/backup/cut_verdict.h"
#include "service/engine/backup/exact_cut.h"
#include "service/engine/engine_options.h"
#include "service/repository/repository.h"

namespace jetkeep {

class BackupJob {
 public:
  // All must outlive the job.
  BackupJob(JetStream& server, Repository& repository, const EngineOptions& options,
            JobObserver& observer, const CancelToken& cancel)
      : server_(server),
        repository_(repository),
        options_(options),
        observer_(observer),
        cancel_(cancel) {}

  // keep_damaged: messages that cannot be read make a damaged backup; otherwise an error, because a
  // new attempt may still read them.
  Result<BackupReport> Run(const std::string& stream, bool keep_damaged);

 private:
  // Takes out of the cut what the stream's own limits do not allow.
  Status LeaveOutSurplus(const StreamConfigFacts& facts, BackupWriter& writer, Cut& cut);
  Status CheckDamage(const CaptureResult& capture, const CutVerdict& verdict, bool keep_damaged);

  JetStream& server_;
  Repository& repository_;
  const EngineOptions& options_;
  JobObserver& observer_;
  const CancelToken& cancel_;
  std::vector<std::string> warnings_;
};

}  // namespace jetkeep
