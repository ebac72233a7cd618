// RepublishJob: publishes messages of a backup again, as new ones, in the order of their sequences.
// Server and repository must outlive it. Thread-safety: one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "jetkeep/cancel.h"
#include "jetkeep/engine.h"
#include "jetkeep/jetstream.h"
#include "jetkeep/republish.h"
#include "protocol/sequences/sequence_set.h"
#include "service/repository/repository.h"

namespace jetkeep {

class RepublishJob {
 public:
  RepublishJob(JetStream& server, Repository& repository, JobObserver& observer,
               const CancelToken& cancel)
      : server_(server), repository_(repository), observer_(observer), cancel_(cancel) {}

  // An error after the first message was sent says up to which sequence all are acknowledged, and
  // which sequences are in doubt.
  Result<RepublishReport> Run(const RepublishSpec& spec);

 private:
  Status Choose(const RepublishSpec& spec, const Manifest& manifest);
  Status Publish(const RepublishSpec& spec, const Manifest& manifest);
  Status WarnOfRemovals(const RepublishSpec& spec, const std::string& config_json);
  Status Send(const RepublishSpec& spec, const RecordView& record, MessagePublisher& publisher);
  // When the message may be sent.
  std::chrono::steady_clock::time_point DueTime(const RepublishSpec& spec,
                                                const RecordView& record) const;
  void OnAck(const RepublishSpec& spec, std::uint64_t sequence, const PublishAck& ack);
  Error WithDoubt(Error error) const;
  void ListSequences();

  JetStream& server_;
  Repository& repository_;
  JobObserver& observer_;
  const CancelToken& cancel_;
  SequenceSet wanted_;
  std::uint64_t wanted_bytes_ = 0;
  RepublishReport report_;
  std::chrono::steady_clock::time_point began_;  // to publish
  std::optional<std::int64_t> first_time_ns_;    // of the first message that was sent
  std::uint64_t sent_ = 0;
  std::uint64_t last_sent_ = 0;
  std::set<std::uint64_t> unanswered_;
  std::optional<Error> wrong_stream_;
  bool left_out_ = false;
};

}  // namespace jetkeep
