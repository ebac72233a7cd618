// The restore of a backup whose stream is there: where only configurations are to be restored, they
// are brought to it.
#pragma once

#include <optional>

#include "jetkeep/cancel.h"
#include "jetkeep/engine.h"
#include "jetkeep/job.h"
#include "protocol/repository/manifest.h"
#include "service/engine/restore/restore_attempts.h"
#include "service/engine/restore/restore_plan.h"

namespace jetkeep {

// Whether a restore of the backup changes a stream that is there.
bool RestoresConfigOnly(const Manifest& manifest, const RestoreSpec& spec);

// No value: the stream is not there, and a restore makes it. REQUIRES: RestoresConfigOnly.
// kStreamNotFound: it is not there, and the backup holds messages, which an update does not
// restore.
Result<std::optional<RestoreReport>> UpdateStream(const RestoreTools& tools,
                                                  const Manifest& manifest,
                                                  const RestoreTarget& target,
                                                  const RestoreSpec& spec, JobObserver& observer,
                                                  const CancelToken& cancel);

// What that would do. Changes nothing.
Result<std::optional<RestorePreview>> PreviewUpdate(const RestoreTools& tools,
                                                    const Manifest& manifest,
                                                    const RestoreTarget& target,
                                                    const RestoreSpec& spec,
                                                    const CancelToken& cancel);

// For an update whose stream is not there.
Error NothingToUpdate(const std::string& stream);

}  // namespace jetkeep
