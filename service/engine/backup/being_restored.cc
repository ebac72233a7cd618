#include "service/engine/backup/being_restored.h"

#include "protocol/js_config/restore_token.h"

namespace jetkeep {

Status CheckNotBeingRestored(const std::string& config_json, const std::string& stream) {
  if (RestoreTokenOf(config_json).empty()) return {};
  return Fail(Errc::kStreamChanged,
              "stream " + stream + " carries the token of a restore that has not ended",
              "Try again when the restore has ended. If the jetkeep that restored it does not run "
              "any more, start it: it removes the stream, or takes the token out if it is whole. "
              "Otherwise remove jetkeep.restore from the stream's metadata (before 2.10: from the "
              "end of its description).");
}

}  // namespace jetkeep
