// EventPublisher: publishes what happens to jobs as the events of protocol/EVENTS.md.
// Thread-safety: belongs to the loop's thread.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "jetkeep/error.h"
#include "protocol/control/answers.h"
#include "protocol/control/body.h"
#include "protocol/control/document.h"
#include "protocol/control/events.h"
#include "protocol/control/subjects.h"
#include "service/jobs/job_listener.h"

namespace jetkeep {

class EventPublisher : public JobListener {
 public:
  using Publish = std::function<void(const std::string& subject, const std::string& body,
                                     const Headers& headers)>;
  using MaxBody = std::function<std::size_t()>;  // what fits into one message
  // `subjects` must outlive the publisher, and so must what the functions use.
  EventPublisher(const Subjects& subjects, Publish publish, MaxBody max_body);

  // The encoding of a job's events, that of its request. To be called before the job is submitted.
  void UseEncoding(const std::string& account, const std::string& job, Encoding encoding);
  void OnChange(const JobStatus& job, const JobChange& change) override;
  // Publishes an event that says why a request did not become a job, for clients without a reply
  // subject.
  void PublishRefusal(const JobStatus& job, const Error& error, std::int64_t time_ns);

  // The event's body, cut to what fits into one message.
  Document BodyOf(const JobStatus& job, const JobChange& change) const;

 private:
  Document BodyOfFailed(const EventFrame& frame, const JobChange& change) const;
  Encoding EncodingOf(const JobStatus& job) const;

  const Subjects& subjects_;
  const Publish publish_;
  const MaxBody max_body_;
  using AccountAndJob = std::pair<std::string, std::string>;
  std::map<AccountAndJob, Encoding> encodings_;  // of jobs that have not ended; JSON: none
};

}  // namespace jetkeep
