// SetBackupJob: backs up many streams as one job and keeps which backups belong together.
//
// Order: every page of the list of streams is read, and the selection checked against it; each
// stream is then backed up as by a job of its own, group after group, several of a group at once;
// at last the set is written. What was made before a cancellation, or before the set could be
// written, are backups like any other.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/engine.h"
#include "jetkeep/jetstream.h"
#include "jetkeep/mutex.h"
#include "service/engine/engine_options.h"
#include "service/engine/sets/set_plan.h"
#include "service/engine/sets/set_progress.h"
#include "service/engine/sets/stream_gate.h"
#include "service/repository/repository.h"

namespace jetkeep {

class SetBackupJob {
 public:
  // A backup with all of its attempts; a damaged one is no error.
  using BackupOne =
      std::function<Result<BackupReport>(const std::string& stream, JobObserver& observer)>;
  // All must outlive the job.
  SetBackupJob(JetStream& server, Repository& repository, const EngineOptions& options,
               StreamGate& gate, JobObserver& observer, const CancelToken& cancel, BackupOne backup)
      : server_(server),
        repository_(repository),
        options_(options),
        gate_(gate),
        observer_(observer),
        cancel_(cancel),
        backup_(std::move(backup)) {}

  // A set of which no stream could be backed up is an error and is not kept.
  Result<BackupSetReport> Run(const BackupSetSpec& spec);

 private:
  Result<BackupSetReport> Make(const BackupSetSpec& spec);
  void BackUpMember(const ListedStream& stream, SetMember& member, SetProgressView& progress);
  // Whether nothing more can be expected of other streams after such an error.
  void ConsiderStopping(const Error& error);
  std::optional<Error> stopped();
  Result<BackupSetReport> Keep(SetDetails set);

  JetStream& server_;
  Repository& repository_;
  const EngineOptions& options_;
  StreamGate& gate_;
  JobObserver& observer_;
  const CancelToken& cancel_;
  const BackupOne backup_;
  std::unique_ptr<Lease> lease_;  // from the first backup until the set is kept
  bool accept_damaged_ = false;
  Mutex mutex_;
  std::optional<Error> stopped_ JETKEEP_GUARDED_BY(mutex_);
  std::vector<std::string> warnings_ JETKEEP_GUARDED_BY(mutex_);
};

}  // namespace jetkeep
