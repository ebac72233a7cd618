#include "service/engine/restore/restore_grants.h"

#include <utility>

namespace jetkeep {
namespace {

Status Need(const Status& may, const std::string& stream, const char* what_for) {
  if (may) return {};
  Error error = may.error();
  if (error.code == Errc::kPermissionDenied) {
    error.hint = std::string("Nothing was sent. A restore ") + what_for + ". " + error.hint;
  }
  return Fail(std::move(error).Within("the restore of stream " + stream + " could not be ended"));
}

}  // namespace

Status CheckRestoreGrants(JetStream& server, const RestorePlan& plan) {
  const std::string& stream = plan.target.stream;
  JETKEEP_TRY(Need(server.MayDeleteStream(stream), stream,
                   plan.target.scratch ? "of a drill ends with the removal of its stream"
                                       : "that fails removes the stream that it made"));
  if (!plan.target.scratch) {
    JETKEEP_TRY(Need(server.MayUpdateStream(stream), stream, "ends with an update of the stream"));
  }
  // All of them are created by the same few subjects.
  if (plan.consumers.created.empty()) return {};
  const ConsumerBackup& consumer = plan.consumers.created.front();
  return Need(server.MayCreateConsumer(stream, consumer.name, consumer.config_json), stream,
              "creates consumers that the archive cannot bring back");
}

}  // namespace jetkeep
