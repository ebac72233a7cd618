#include "service/engine/restore/restore_grants.h"

#include <string>
#include <utility>

namespace jetkeep {
namespace {

class Probes {
 public:
  explicit Probes(const std::string& stream) : stream_(stream) {}
  // False: the rest need not be asked.
  bool Add(const Status& may, const char* what_for) {
    if (may) return true;
    Error error = may.error();
    const bool denied = error.code == Errc::kPermissionDenied;
    if (denied) {
      error.hint = std::string("Nothing was sent. A restore ") + what_for + ". " + error.hint;
    }
    missing_.push_back(
        std::move(error).Within("the restore of stream " + stream_ + " could not be ended"));
    return denied;
  }
  // A question that changes nothing is asked as it is. There is no such stream yet.
  template <typename T>
  bool AddAnswer(const Result<T>& answer, const char* what_for) {
    if (answer || answer.error().code != Errc::kPermissionDenied) return true;
    return Add(Fail(Error(answer.error())), what_for);
  }
  std::vector<Error> Take() { return std::move(missing_); }

 private:
  const std::string& stream_;
  std::vector<Error> missing_;
};

}  // namespace

GrantsNeeded NeededBy(const RestorePlan& plan) {
  GrantsNeeded needed{plan.target.stream, plan.target.scratch};
  if (!plan.consumers.created.empty()) needed.creates = plan.consumers.created.front();
  return needed;
}

std::vector<Error> MissingGrants(JetStream& server, const GrantsNeeded& needed) {
  const std::string& stream = needed.stream;
  Probes probes(stream);
  if (!probes.AddAnswer(server.GetStream(stream), "looks at the stream that it made") ||
      !probes.AddAnswer(server.Consumers(stream), "looks at the stream's consumers")) {
    return probes.Take();
  }
  const bool scratch = needed.scratch;
  if (!probes.Add(server.MayDeleteStream(stream),
                  scratch ? "of a drill ends with the removal of its stream"
                          : "that fails removes the stream that it made")) {
    return probes.Take();
  }
  if (!scratch &&
      !probes.Add(server.MayUpdateStream(stream), "ends with an update of the stream")) {
    return probes.Take();
  }
  if (!needed.creates) return probes.Take();
  const ConsumerBackup& consumer = *needed.creates;
  probes.Add(server.MayCreateConsumer(stream, consumer.name, consumer.config_json),
             "creates consumers that the archive cannot bring back");
  return probes.Take();
}

}  // namespace jetkeep
