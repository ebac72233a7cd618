#include "service/engine/restore/token_removal.h"

#include <chrono>
#include <utility>

#include "protocol/js_config/config_compare.h"
#include "protocol/js_config/restore_token.h"
#include "service/work/backoff.h"

namespace jetkeep {
namespace {

constexpr std::chrono::milliseconds kPause{500};
constexpr int kTries = 20;

// Conditions that pass, or after which the stream has to be looked at again.
bool MayPass(const Error& error) {
  return error.Retryable() || error.code == Errc::kTransferInterrupted;
}

}  // namespace

Result<std::vector<std::string>> TakeOutToken(JetStream& server, const std::string& stream,
                                              const std::string& token, const CancelToken& cancel) {
  Error last;
  std::string wanted;  // the configuration that was asked for
  bool pause = false;
  for (int i = 0; i < kTries; ++i) {
    if (std::exchange(pause, true)) JETKEEP_TRY(SleepFor(kPause, cancel));
    const Result<StreamInfo> live = server.GetStream(stream);
    if (!live) {
      if (!MayPass(live.error())) return Fail(live.error());
      last = live.error();
      continue;
    }
    const std::string found = RestoreTokenOf(live->config_json);
    if (found != token) {
      if (!found.empty() || wanted.empty()) return std::vector<std::string>();
      std::vector<std::string> changed =
          InWords(CompareConfigs(ConfigOf::kStream, wanted, live->config_json).not_as_asked);
      for (std::string& field : changed) {
        field = "stream " + stream +
                " was updated by another client at the end of the restore: " + field;
      }
      return changed;
    }
    wanted = WithoutServersMetadata(WithoutRestoreToken(live->config_json));
    const Result<StreamInfo> updated = server.UpdateStream(stream, wanted);
    // Read again at once: only that counts. A cluster's leader may need a moment.
    pause = i > 0 || !updated;
    if (updated) continue;
    if (!MayPass(updated.error())) return Fail(updated.error());
    last = updated.error();
  }
  return Fail(std::move(last).Within("taking the restore's token out of stream " + stream));
}

}  // namespace jetkeep
