// The bodies of events.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "jetkeep/job.h"
#include "jetkeep/republish.h"
#include "protocol/control/answers.h"
#include "protocol/control/document.h"
#include "protocol/control/subjects.h"

namespace jetkeep {

// What every event has.
struct EventFrame {
  JobKind work = JobKind::kBackup;
  EventKind kind = EventKind::kQueued;
  std::string id;  // unique for each event
  std::int64_t time_ns = 0;
  std::string job;
  std::string account = std::string(kDefaultAccount);
  std::string stream;
  std::string backup;  // empty: none yet
  std::string set;     // likewise
  std::string target;  // of a restore into another account: that one
};

// "io.jetkeep.event.v1.backup_completed"
std::string EventType(JobKind work, EventKind kind);

// The frame alone: the whole of `started`, and what the others begin with. Sets `type` and the
// rest.
Document EventBody(const EventFrame& frame);

Document QueuedEvent(EventFrame frame, std::uint64_t position);
Document StartedEvent(EventFrame frame);
Document ProgressEvent(EventFrame frame, const ProgressFigures& progress);
Document RetryingEvent(EventFrame frame, int attempt, double delay_seconds, const Error& error);
Document FailedEvent(EventFrame frame, const Error& error, double duration_seconds);
// error: what a job about to be cancelled left in doubt; null: nothing.
Document CancelledEvent(EventFrame frame, double duration_seconds, const Error* error = nullptr);

// Lists of warnings and findings are cut behind `max_lines`; `truncated` then counts what was left
// out.
inline constexpr std::size_t kMaxEventLines = 100;
Document CompletedEvent(EventFrame frame, const BackupReport& report,
                        std::size_t max_lines = kMaxEventLines);
Document CompletedEvent(EventFrame frame, const RestoreReport& report,
                        std::size_t max_lines = kMaxEventLines);
Document CompletedEvent(EventFrame frame, const VerifyReport& report,
                        std::size_t max_lines = kMaxEventLines);
Document CompletedEvent(EventFrame frame, const BackupSetReport& report,
                        std::size_t max_lines = kMaxEventLines);
Document CompletedEvent(EventFrame frame, const RestoreSetReport& report,
                        std::size_t max_lines = kMaxEventLines);
Document CompletedEvent(EventFrame frame, const RepublishReport& report,
                        std::size_t max_lines = kMaxEventLines);
// What a job about a set that failed did all the same: its `set_result`.
void AddSetResult(Document& event, const BackupSetReport& report, std::size_t max_failures);
void AddSetResult(Document& event, const RestoreSetReport& report, std::size_t max_failures);

}  // namespace jetkeep
