// JobRun: what a waiting client knows of one job, from its events and from what the service
// answers. Pure: no connection, no clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "jetkeep/error.h"
#include "jetkeep/job.h"
#include "protocol/control/document.h"
#include "service/cli/render/progress.h"

namespace jetkeep {

class JobRun {
 public:
  JobRun(JobKind kind, std::string stream, std::string job);

  enum class Phase : std::uint8_t { kWaiting, kQueued, kRunning, kEnded };

  // Whether the event is one of this job: ids are those of an account.
  bool IsAbout(const Document& event) const;
  // Takes an event of the job. Returns a line worth telling a person, if there is one (queued
  // behind others, started, tried again). Events of other jobs, of unknown types and after the end
  // change nothing.
  std::optional<std::string> TakeEvent(const Document& event);
  // Takes a job as backup.status tells it. Does not end the run: an ended job is to be asked for
  // its result.
  void TakeStatus(const Document& status);
  // Ends the run with the body of the event `completed`.
  void Complete(Document event);
  void EndWith(Error error);

  JobKind kind() const { return kind_; }
  const std::string& job() const { return job_; }
  // Whose job it is, once an answer has said so; before that empty, and of services that do not
  // say.
  const std::string& account() const { return account_; }
  const std::string& label() const { return label_; }  // "backup ORDERS"
  const std::string& stream() const { return stream_; }
  Phase phase() const { return phase_; }
  bool ended() const { return phase_ == Phase::kEnded; }
  // After the end: the last event (empty if the run ended otherwise), and the error unless it
  // completed.
  const Document& last_event() const { return last_event_; }
  const std::optional<Error>& error() const { return error_; }
  const ShownProgress& progress() const { return progress_; }

 private:
  void TakeProgress(const Document& figures);
  void LearnStream(const Document& document);

  JobKind kind_;
  std::string stream_;  // may be learnt only from events
  std::string job_;
  std::string account_;
  std::string label_;
  Phase phase_ = Phase::kWaiting;
  ShownProgress progress_;
  Document last_event_ = Document::object();
  std::optional<Error> error_;
};

// What a person reads at the end: "backup b1 of ORDERS is complete: …".
std::string DescribeResult(JobKind kind, const Document& completed);
// The same of a job about a set that completed, or failed and did a part.
std::string DescribeSetResult(JobKind kind, const Document& ended);

}  // namespace jetkeep
