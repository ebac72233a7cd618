#include "protocol/control/job.h"

namespace jetkeep {

std::string_view NameOf(JobKind kind) {
  switch (kind) {
    case JobKind::kBackup:
      return "backup";
    case JobKind::kRestore:
      return "restore";
    case JobKind::kVerify:
      return "verify";
  }
  return "";
}

std::string_view NameOf(JobState state) {
  switch (state) {
    case JobState::kQueued:
      return "queued";
    case JobState::kRunning:
      return "running";
    case JobState::kCompleted:
      return "completed";
    case JobState::kFailed:
      return "failed";
    case JobState::kCancelled:
      return "cancelled";
  }
  return "";
}

}  // namespace jetkeep
