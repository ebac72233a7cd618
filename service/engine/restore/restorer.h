// Restorer: which backup a request means, and as many attempts to restore it as make sense; or what
// the restore would do.
//
// Thread-safety: all members may be called from any thread. Ownership: all that it is made of
// outlives it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "jetkeep/cancel.h"
#include "jetkeep/engine.h"
#include "jetkeep/error.h"
#include "jetkeep/jetstream.h"
#include "service/engine/engine_options.h"
#include "service/engine/restore/restore_attempts.h"
#include "service/engine/restore/restore_part.h"
#include "service/engine/restore/restore_plan.h"
#include "service/engine/restore/restore_recovery.h"
#include "service/engine/sets/stream_gate.h"
#include "service/repository/repository.h"

namespace jetkeep {

class Restorer {
 public:
  // gate: through which every restore of a stream goes.
  Restorer(const RestoreTools& tools, StreamGate& gate) : tools_(tools), gate_(gate) {}

  Result<RestoreReport> Restore(const RestoreSpec& spec, JobObserver& observer,
                                const CancelToken& cancel);
  Result<RestorePreview> Preview(const RestoreSpec& spec, const CancelToken& cancel);

 private:
  // Runs `on` for the backup that is meant; with allow_older for the next one as long as one cannot
  // be used. `unusable`: why the backup cannot be used, if that is what came out.
  ChosenFor ChosenForStream(const RestoreSpec& spec);
  template <typename Outcome>
  Result<Outcome> OnBackup(
      const RestoreSpec& spec, const std::function<Result<Outcome>(const std::string& id)>& on,
      const std::function<std::optional<Error>(const Result<Outcome>&)>& unusable);
  Result<BackupPart> LoadPart(const std::string& id, const RestoreSpec& spec,
                              const CancelToken& cancel);
  // What to make of the part, which it may narrow.
  Result<RestoreTarget> TargetOf(BackupPart& part, const RestoreSpec& spec,
                                 const CancelToken& cancel);
  Result<RestoreReport> RestoreOne(const std::string& id, const RestoreSpec& spec,
                                   JobObserver& observer, const CancelToken& cancel);
  Result<RestorePreview> PreviewOne(const std::string& id, const RestoreSpec& spec,
                                    const CancelToken& cancel);

  const RestoreTools tools_;
  StreamGate& gate_;
};

}  // namespace jetkeep
