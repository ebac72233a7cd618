// A job as answers tell about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "jetkeep/engine.h"
#include "jetkeep/error.h"

namespace jetkeep {

enum class JobKind : std::uint8_t { kBackup, kRestore, kVerify };
enum class JobState : std::uint8_t { kQueued, kRunning, kCompleted, kFailed, kCancelled };

std::string_view NameOf(JobKind kind);    // "backup", …: the first token of the job's events
std::string_view NameOf(JobState state);  // "queued", …

inline bool HasEnded(JobState state) { return state >= JobState::kCompleted; }

// How far a job is and how fast it goes.
struct ProgressFigures {
  JobProgress counts;
  double messages_per_second = 0;
  double bytes_per_second = 0;
  std::optional<double> remaining_seconds;  // absent: unknown
  double percent = 0;
};

struct JobStatus {
  std::string job;
  JobKind kind = JobKind::kBackup;
  JobState state = JobState::kQueued;
  std::string stream;  // "_all": the job is not about one stream
  std::string backup;  // empty: none yet
  std::string events;  // the subject to subscribe
  std::int64_t created_ns = 0;
  std::int64_t started_ns = 0;            // 0: not yet
  std::int64_t ended_ns = 0;              // 0: not yet
  std::optional<std::uint64_t> position;  // in the queue, from 0
  std::optional<ProgressFigures> progress;
  int attempts = 0;
  std::optional<Error> error;
};

}  // namespace jetkeep
