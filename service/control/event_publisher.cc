#include "service/control/event_publisher.h"

#include <utility>
#include <variant>

#include "protocol/control/events.h"
#include "service/work/ids.h"

namespace jetkeep {
namespace {

EventFrame FrameOf(const JobStatus& job, const JobChange& change) {
  EventFrame frame;
  frame.work = job.kind;
  frame.kind = change.kind;
  frame.id = change.id;
  frame.time_ns = change.time_ns;
  frame.job = job.job;
  frame.account = job.account;
  frame.stream = job.stream;
  frame.backup = job.backup;
  frame.set = job.set;
  frame.target = job.target;
  return frame;
}

bool IsLast(EventKind kind) {
  return kind == EventKind::kCompleted || kind == EventKind::kFailed ||
         kind == EventKind::kCancelled;
}

}  // namespace

EventPublisher::EventPublisher(const Subjects& subjects, Publish publish, MaxBody max_body)
    : subjects_(subjects), publish_(std::move(publish)), max_body_(std::move(max_body)) {}

void EventPublisher::UseEncoding(const std::string& account, const std::string& job,
                                 Encoding encoding) {
  if (encoding == Encoding::kJson) {
    encodings_.erase({account, job});
  } else {
    encodings_[{account, job}] = encoding;
  }
}

Encoding EventPublisher::EncodingOf(const JobStatus& job) const {
  const auto found = encodings_.find({job.account, job.job});
  return found == encodings_.end() ? Encoding::kJson : found->second;
}

void EventPublisher::OnChange(const JobStatus& job, const JobChange& change) {
  const std::string body = EncodeBody(BodyOf(job, change), EncodingOf(job));
  // With the id as Nats-Msg-Id a stream that keeps events discards duplicates.
  publish_(subjects_.Event(job.kind, change.kind, job.stream, job.job), body,
           {{"Nats-Msg-Id", change.id}});
  if (IsLast(change.kind)) encodings_.erase({job.account, job.job});
}

void EventPublisher::PublishRefusal(const JobStatus& job, const Error& error,
                                    std::int64_t time_ns) {
  JobChange change;
  change.kind = EventKind::kFailed;
  change.id = RandomToken(22);
  change.time_ns = time_ns;
  change.error = &error;
  OnChange(job, change);
}

Document EventPublisher::BodyOfFailed(const EventFrame& frame, const JobChange& change) const {
  for (std::size_t lines = kMaxEventLines;; lines /= 2) {
    Document body = FailedEvent(frame, *change.error, change.duration_seconds);
    if (change.report == nullptr) return body;
    std::visit(
        [&](const auto& report) {
          if constexpr (requires { AddSetResult(body, report, lines); }) {
            AddSetResult(body, report, lines);
          }
        },
        *change.report);
    if (lines == 0 || EncodeBody(body, Encoding::kJson).size() <= max_body_()) return body;
  }
}

Document EventPublisher::BodyOf(const JobStatus& job, const JobChange& change) const {
  const EventFrame frame = FrameOf(job, change);
  switch (change.kind) {
    case EventKind::kQueued:
      return QueuedEvent(frame, job.position.value_or(0));
    case EventKind::kStarted:
      return StartedEvent(frame);
    case EventKind::kProgress:
      return ProgressEvent(frame, job.progress.value_or(ProgressFigures{}));
    case EventKind::kRetrying:
      return RetryingEvent(frame, change.attempt, change.delay_seconds, *change.error);
    case EventKind::kFailed:
      return BodyOfFailed(frame, change);
    case EventKind::kCancelled:
      // Other jobs leave nothing behind.
      return CancelledEvent(frame, change.duration_seconds,
                            job.kind == JobKind::kRepublish ? change.error : nullptr);
    case EventKind::kCompleted:
      break;
  }
  for (std::size_t lines = kMaxEventLines;; lines /= 2) {
    Document body = std::visit(
        [&](const auto& report) { return CompletedEvent(frame, report, lines); }, *change.report);
    if (lines == 0 || EncodeBody(body, Encoding::kJson).size() <= max_body_()) return body;
  }
}

}  // namespace jetkeep
