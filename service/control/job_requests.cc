#include "service/control/job_requests.h"

#include <string>
#include <utility>

#include "protocol/control/answers.h"
#include "service/work/guarded_call.h"
#include "service/work/ids.h"

namespace jetkeep {
namespace {

constexpr std::size_t kJobIdLength = 16;

// Asked before anything else: if a client is refused because too many wait, no job of it has begun.
bool MayWait(ControlContext& context, const Request& request, bool wait) {
  if (!wait) return true;
  const Status room = context.desk.AdmitToWait(request);
  if (!room) context.desk.Refuse(request, room.error());
  return room.has_value();
}

void AnswerJob(ControlContext& context, const Request& request, const Result<JobStatus>& job,
               bool wait) {
  if (!job) return context.desk.Refuse(request, job.error());
  if (!wait || !request->WantsAnswer()) {
    return context.desk.Answer(request, JobAnswer(*job, context.subjects));
  }
  context.jobs.WhenEnded(
      job->job,
      [&context, request](const JobStatus& ended, const JobChange& end) {
        if (end.kind == EventKind::kCompleted) {
          context.desk.Answer(request, context.events.BodyOf(ended, end));
        } else {
          context.desk.Refuse(request, *end.error);
        }
      },
      job->account);
}

// For clients that wait for no answer.
void PublishRefusal(ControlContext& context, const Request& request,
                    const JobManager::Submission& submission, const Error& error) {
  if (request->WantsAnswer()) return;
  JobStatus job;
  job.job = submission.id;
  job.kind = KindOf(submission.spec);
  job.account = AccountOf(submission.spec);
  job.target = TargetOf(submission.spec);
  job.stream = submission.stream;
  job.backup = submission.backup;
  context.events.UseEncoding(job.account, job.job, request->encoding);
  context.events.PublishRefusal(job, error, context.clock.Now());
}

void Submit(ControlContext& context, const Request& request,
            const JobManager::Submission& submission, bool wait) {
  const std::string& account = AccountOf(submission.spec);
  const bool is_new = !context.jobs.Find(submission.id, account);
  if (is_new) context.events.UseEncoding(account, submission.id, request->encoding);
  const Result<JobStatus> job = context.jobs.Submit(submission);
  if (!job && is_new) context.events.UseEncoding(account, submission.id, Encoding::kJson);
  // After a conflict the events under that id are those of the other job.
  if (!job && job.error().code != Errc::kJobConflict) {
    PublishRefusal(context, request, submission, job.error());
  }
  AnswerJob(context, request, job, wait);
}

void Prepare(ControlContext& context, const Request& request, JobManager::Submission submission,
             bool wait, JobPreparation preparation) {
  if (const Status room = RoomFor(context.workers); !room) {
    return context.desk.Refuse(request, room.error());
  }
  context.workers.Run([&context, request, submission = std::move(submission), wait,
                       preparation = std::move(preparation)]() mutable {
    Status status =
        GuardedCall<Status>([&] { return preparation(*request->account->engine, submission); });
    context.loop.Post(context.alive.Guard(
        [&context, request, submission = std::move(submission), wait, status = std::move(status)] {
          if (status) return Submit(context, request, submission, wait);
          PublishRefusal(context, request, submission, status.error());
          context.desk.Refuse(request, status.error());
        }));
  });
}

}  // namespace

void SubmitJob(ControlContext& context, const Request& request, const JobOptions& options,
               JobManager::Submission submission, JobPreparation preparation) {
  if (!MayWait(context, request, options.wait)) return;
  if (!options.job.empty()) {
    // A job that is there needs no preparation, and may have changed what that would find.
    if (const auto known = context.jobs.FindSame(options.job, submission.spec)) {
      return AnswerJob(context, request, *known, options.wait);
    }
  }
  submission.id = options.job.empty() ? RandomToken(kJobIdLength) : options.job;
  if (!preparation) return Submit(context, request, submission, options.wait);
  Prepare(context, request, std::move(submission), options.wait, std::move(preparation));
}

Status FindStreamOfBackup(Engine& engine, JobManager::Submission& submission) {
  JETKEEP_ASSIGN(const BackupDetails details, engine.Show(submission.backup));
  submission.stream = details.summary.stream;
  return {};
}

}  // namespace jetkeep
