#include "service/repository/look.h"

#include <optional>

#include "service/repository/job_log.h"
#include "service/repository/sets.h"

namespace jetkeep {
namespace {

void Tell(const LookVisitor& visitor, const std::string& stream, std::int64_t time_ns,
          const std::optional<Error>& error) {
  if (error && error->code == Errc::kCancelled) return;
  visitor.attempt({stream, time_ns, error ? &*error : nullptr});
}

}  // namespace

Status LookAt(Store& store, const std::string& account, const LookVisitor& visitor,
              const CancelToken& cancel) {
  JETKEEP_TRY(VisitBackups(store, account, visitor.backups, cancel));
  const auto on_set = [&](const SetDetails& set) {
    if (set.summary.account != account) return;
    for (const SetMember& member : set.members) {
      std::optional<Error> error = member.error;
      if (!error && member.backup.empty())
        error = Error{Errc::kBackupNotFound, "none was made", {}};
      Tell(visitor, member.stream, set.summary.completed_ns, error);
    }
  };
  JETKEEP_TRY(Sets(store).ForEach(on_set, visitor.backups.unreadable, cancel));
  const auto on_job = [&](const JobRecord& record) {
    const JobStatus& job = record.status;
    if (job.account != account || job.kind != JobKind::kBackup || job.stream == kAllStreams) return;
    if (job.state != JobState::kCancelled) Tell(visitor, job.stream, job.ended_ns, job.error);
  };
  return JobLog::ForEach(store, on_job, visitor.backups.unreadable, cancel);
}

}  // namespace jetkeep
