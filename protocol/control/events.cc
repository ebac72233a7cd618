#include "protocol/control/events.h"

#include <string_view>
#include <utility>
#include <vector>

#include "protocol/base/time.h"
#include "protocol/control/backup_document.h"
#include "protocol/control/drift_document.h"
#include "protocol/control/lists.h"
#include "protocol/control/set_document.h"

namespace jetkeep {
namespace {

Document Begin(EventFrame& frame, EventKind kind) {
  frame.kind = kind;
  return EventBody(frame);
}

// What ends every result of a job that may be tried again.
template <typename Report>
void PutEnding(Document& document, const Report& report, std::size_t max_lines) {
  document["duration_seconds"] = report.duration_seconds;
  document["attempts"] = report.attempts;
  PutLines(document, "warnings", report.warnings, max_lines);
  if constexpr (requires { report.unchecked; }) {
    PutLines(document, "unchecked", report.unchecked, max_lines);
  }
}

}  // namespace

std::string EventType(JobKind work, EventKind kind) {
  std::string type = "io.jetkeep.event.v1.";
  type.append(NameOf(work)).append("_").append(NameOf(kind));
  return type;
}

Document EventBody(const EventFrame& frame) {
  Document document = {{"type", EventType(frame.work, frame.kind)},
                       {"id", frame.id},
                       {"time", FormatTime(frame.time_ns)},
                       {"job", frame.job},
                       {"account", frame.account},
                       {"stream", frame.stream}};
  if (!frame.backup.empty()) document["backup"] = frame.backup;
  if (!frame.set.empty()) document["set"] = frame.set;
  if (!frame.target.empty()) document["target"] = frame.target;
  return document;
}

Document QueuedEvent(EventFrame frame, std::uint64_t position) {
  Document document = Begin(frame, EventKind::kQueued);
  document["position"] = position;
  return document;
}

Document StartedEvent(EventFrame frame) { return Begin(frame, EventKind::kStarted); }

Document ProgressEvent(EventFrame frame, const ProgressFigures& progress) {
  Document document = Begin(frame, EventKind::kProgress);
  document.update(ToDocument(progress));
  return document;
}

Document RetryingEvent(EventFrame frame, int attempt, double delay_seconds, const Error& error) {
  Document document = Begin(frame, EventKind::kRetrying);
  document["attempt"] = attempt;
  document["delay_seconds"] = delay_seconds;
  document["error"] = ToDocument(error);
  return document;
}

Document FailedEvent(EventFrame frame, const Error& error, double duration_seconds) {
  Document document = Begin(frame, EventKind::kFailed);
  document["error"] = ToDocument(error);
  document["duration_seconds"] = duration_seconds;
  return document;
}

Document CancelledEvent(EventFrame frame, double duration_seconds, const Error* error) {
  Document document = Begin(frame, EventKind::kCancelled);
  if (error != nullptr) document["error"] = ToDocument(*error);
  document["duration_seconds"] = duration_seconds;
  return document;
}

Document CompletedEvent(EventFrame frame, const BackupReport& report, std::size_t max_lines) {
  Document document = Begin(frame, EventKind::kCompleted);
  document["result"] = ToDocument(report.backup);
  document["cut_search"] = {{"answers", report.cut.answers},
                            {"tail_messages", report.cut.tail_messages},
                            {"seconds", report.cut.seconds}};
  PutEnding(document, report, max_lines);
  return document;
}

Document CompletedEvent(EventFrame frame, const RestoreReport& report, std::size_t max_lines) {
  Document document = Begin(frame, EventKind::kCompleted);
  document["messages"] = report.messages;
  document["bytes"] = report.bytes;
  document["first_sequence"] = report.first_sequence;
  document["last_sequence"] = report.last_sequence;
  document["consumers"] = report.consumers;
  document["sent_bytes"] = report.sent_bytes;
  if (report.updated) document["updated"] = true;
  PutChanges(document, report.changes, max_lines);
  PutEnding(document, report, max_lines);
  return document;
}

Document CompletedEvent(EventFrame frame, const VerifyReport& report, std::size_t max_lines) {
  Document document = Begin(frame, EventKind::kCompleted);
  document["backups"] = report.backups;
  document["damaged"] = report.damaged;
  document["bytes_read"] = report.bytes_read;
  PutLines(document, "findings", report.findings, max_lines);
  PutLines(document, "warnings", report.warnings, max_lines);
  document["duration_seconds"] = report.duration_seconds;
  return document;
}

Document CompletedEvent(EventFrame frame, const BackupSetReport& report, std::size_t max_lines) {
  Document document = Begin(frame, EventKind::kCompleted);
  AddSetResult(document, report, max_lines);
  PutEnding(document, report, max_lines);
  return document;
}

Document CompletedEvent(EventFrame frame, const RestoreSetReport& report, std::size_t max_lines) {
  Document document = Begin(frame, EventKind::kCompleted);
  AddSetResult(document, report, max_lines);
  document["messages"] = report.messages;
  document["bytes"] = report.bytes;
  document["consumers"] = report.consumers;
  document["sent_bytes"] = report.sent_bytes;
  PutChanges(document, report.changes, max_lines);
  PutEnding(document, report, max_lines);
  return document;
}

Document CompletedEvent(EventFrame frame, const RepublishReport& report, std::size_t max_lines) {
  Document document = Begin(frame, EventKind::kCompleted);
  document["dry_run"] = report.dry_run;
  if (!report.into.empty()) document["into"] = report.into;
  document["selected"] = report.selected;
  document["living"] = report.living;
  document["already"] = report.already;
  document["messages"] = report.messages;
  document["bytes"] = report.bytes;
  document["duplicates"] = report.duplicates;
  PutList(document, "sequences", report.sequences, max_lines, [](const SequenceRange& range) {
    return Document{{"first", range.first}, {"last", range.last}};
  });
  if (report.more_ranges > 0) {
    const std::uint64_t left_out =
        report.sequences.size() - document["sequences"].size() + report.more_ranges;
    document["truncated"]["sequences"] = left_out;
  }
  PutEnding(document, report, max_lines);
  return document;
}

void AddSetResult(Document& event, const BackupSetReport& report, std::size_t max_failures) {
  event["set_result"] = SetResult(report, max_failures);
}

void AddSetResult(Document& event, const RestoreSetReport& report, std::size_t max_failures) {
  event["set_result"] = SetResult(report, max_failures);
}

}  // namespace jetkeep
