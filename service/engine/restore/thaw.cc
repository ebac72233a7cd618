#include "service/engine/restore/thaw.h"

#include <utility>

#include "protocol/js_config/config_compare.h"
#include "protocol/js_config/config_edit.h"
#include "protocol/js_config/frozen.h"
#include "protocol/js_config/restore_token.h"
#include "protocol/js_config/stream_config.h"
#include "protocol/json/raw_json.h"
#include "service/engine/backup/being_restored.h"

namespace jetkeep {
namespace {

// What the metadata says that the max_age was.
Result<std::uint64_t> FrozenAge(const std::string& stream, const std::string& config_json) {
  JETKEEP_ASSIGN(const auto metadata, FindRawMember(config_json, "metadata"));
  std::optional<std::string_view> raw;
  if (metadata && *metadata != "null") {
    JETKEEP_ASSIGN(raw, FindRawMember(*metadata, kFrozenKey));
  }
  if (!raw) {
    return Fail(Errc::kInvalidRequest, "stream " + stream + " is not frozen",
                "Only `jetkeep restore --frozen` freezes a stream, and servers before 2.10 keep no "
                "metadata to remember its max_age in: update the stream by hand there.");
  }
  JETKEEP_ASSIGN(const std::string text, RawString(*raw));
  return FaultAs(RawUnsigned(text), Errc::kInvalidRequest,
                 "the metadata of stream " + stream + ": " + std::string(kFrozenKey));
}

}  // namespace

Result<ThawedStream> ThawStream(JetStream& server, const std::string& stream) {
  JETKEEP_ASSIGN(const StreamInfo live, server.GetStream(stream));
  // The restore would put its own configuration over what is changed here, or take it for an error.
  JETKEEP_TRY(CheckNotBeingRestored(live.config_json, stream));
  ThawedStream thawed;
  JETKEEP_ASSIGN(thawed.max_age_ns, FrozenAge(stream, live.config_json));
  JETKEEP_ASSIGN(const StreamConfigFacts now, ReadStreamConfig(live.config_json));
  if (now.max_age_ns != 0) {
    return Fail(Errc::kInvalidRequest,
                "stream " + stream + " has a max_age again, of " + std::to_string(now.max_age_ns) +
                    " ns; before the restore it was " + std::to_string(thawed.max_age_ns) + " ns",
                "Nothing was changed. Take the metadata key " + std::string(kFrozenKey) +
                    " out of the stream if its max_age is right.");
  }
  JETKEEP_ASSIGN(std::string wanted,
                 WithFieldAt(WithoutServersMetadata(live.config_json), kFrozenPath, "null"));
  JETKEEP_ASSIGN(wanted, WithFieldAt(wanted, "max_age", std::to_string(thawed.max_age_ns)));
  // Servers refuse a window that is longer than messages live.
  if (thawed.max_age_ns != 0 && now.duplicate_window_ns > thawed.max_age_ns) {
    thawed.shortened_window_ns = now.duplicate_window_ns;
    JETKEEP_ASSIGN(wanted,
                   WithFieldAt(wanted, "duplicate_window", std::to_string(thawed.max_age_ns)));
  }
  JETKEEP_TRY(server.UpdateStream(stream, wanted).map([](const StreamInfo&) {}));
  JETKEEP_ASSIGN(const StreamInfo after, server.GetStream(stream));
  if (after.created != live.created) {
    return Fail(Errc::kStreamChanged,
                "stream " + stream + " was deleted and made again while it was thawed",
                "The max_age that was put back, of " + std::to_string(thawed.max_age_ns) +
                    " ns, may be on the new stream: look at its configuration.");
  }
  const auto differences =
      InWords(CompareConfigs(ConfigOf::kStream, wanted, after.config_json).not_as_asked);
  if (differences.empty()) return thawed;
  return Fail(Errc::kRestoreMismatch,
              "stream " + stream + " is not as it was asked for: " + differences.front());
}

}  // namespace jetkeep
