// RepublishJob: publishes messages of a backup again, as new ones, in the order of their sequences.
// Server and repository must outlive it. Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "jetkeep/cancel.h"
#include "jetkeep/engine.h"
#include "jetkeep/jetstream.h"
#include "jetkeep/republish.h"
#include "protocol/js_config/stream_config.h"
#include "protocol/sequences/sequence_set.h"
#include "protocol/subjects/subject_filter.h"
#include "service/engine/publish/new_message.h"
#include "service/engine/publish/publish_pace.h"
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
  // Refuses a target that cannot store them, and learns what it takes.
  Status LookAtTarget(const RepublishSpec& spec);
  void WarnOfRemovals(const RepublishSpec& spec, const StreamConfigFacts& config);
  Status Choose(const RepublishSpec& spec, const Manifest& manifest);
  // Whether the target can take it.
  Status CheckFits(const RepublishSpec& spec, const RecordView& record,
                   const NewMessage& message) const;
  Status Publish(const RepublishSpec& spec, const Manifest& manifest);
  Status Send(const RepublishSpec& spec, const RecordView& record, PublishPace& pace,
              MessagePublisher& publisher);
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
  NewMessageOptions options_;
  std::optional<SubjectFilter> taken_;  // the target's subjects; none: any stream may store them
  std::uint64_t most_bytes_ = 0;        // of a message with its headers; 0: unknown
  std::uint64_t last_sent_ = 0;
  std::map<std::uint64_t, std::uint64_t> unanswered_;  // bytes of each sequence
  std::uint64_t acknowledged_bytes_ = 0;
  std::optional<Error> wrong_stream_;
  bool left_out_ = false;
};

}  // namespace jetkeep
