#include "service/control/job_handlers.h"

#include <algorithm>
#include <utility>

#include "protocol/control/answers.h"
#include "protocol/control/requests.h"
#include "service/control/guarded_call.h"

namespace jetkeep {
namespace {

// Only what is certain refuses a request at once; a server that cannot be asked now may be there
// when the job's turn comes, and the job is the one that tries again.
Status RequireStream(Engine& engine, JobManager::Submission& submission) {
  Status status = engine.CheckStream(submission.stream);
  if (!status && status.error().code == Errc::kStreamNotFound) return status;
  return {};
}

Status RequireAnyBackup(Engine& engine, JobManager::Submission& submission) {
  const Result<BackupListing> listing = engine.List(submission.stream);
  // What cannot be read is not absent: the job says what is wrong with it.
  if (!listing || !listing->warnings.empty()) return {};
  const bool any = std::any_of(
      listing->backups.begin(), listing->backups.end(),
      [](const BackupSummary& backup) { return backup.condition == BackupCondition::kComplete; });
  if (any) return {};
  return Fail(Errc::kBackupNotFound, "there is no complete backup of stream " + submission.stream,
              "Ask backup.list for the backups that there are.");
}

Status FindStreamOfBackup(Engine& engine, JobManager::Submission& submission) {
  JETKEEP_ASSIGN(const BackupDetails details, engine.Show(submission.backup));
  submission.stream = details.summary.stream;
  return {};
}

// A backup whose manifest cannot be read is what verify is for; its events then name no stream.
Status FindStreamToVerify(Engine& engine, JobManager::Submission& submission) {
  Status found = FindStreamOfBackup(engine, submission);
  if (!found && found.error().code == Errc::kBackupNotFound) return found;
  return {};
}

}  // namespace

// Before anything is done: a client that is told that it cannot wait must be able to believe that
// no job of its has begun.
bool JobHandlers::MayWait(const Request& request, bool wait) {
  if (!wait) return true;
  const Status room = context_.desk.AdmitToWait(request);
  if (!room) context_.desk.Refuse(request, room.error());
  return room.has_value();
}

void JobHandlers::Backup(const Request& request, const Document& body) {
  const Result<BackupRequest> parsed = ParseBackupRequest(body);
  if (!parsed) return context_.desk.Refuse(request, parsed.error());
  if (!MayWait(request, parsed->wait)) return;
  JobManager::Submission submission;
  submission.id = parsed->job;
  submission.stream = parsed->stream;
  submission.spec = BackupSpec{parsed->stream, parsed->accept_damaged};
  Prepare(request, std::move(submission), parsed->wait, RequireStream);
}

void JobHandlers::Restore(const Request& request, const Document& body) {
  const Result<RestoreRequest> parsed = ParseRestoreRequest(body);
  if (!parsed) return context_.desk.Refuse(request, parsed.error());
  if (!MayWait(request, parsed->wait)) return;
  JobManager::Submission submission;
  submission.id = parsed->job;
  submission.stream = parsed->stream.empty() ? std::string(kAllStreams) : parsed->stream;
  submission.backup = parsed->backup;
  RestoreSpec spec;
  spec.backup = parsed->backup;
  spec.stream = parsed->stream;
  spec.allow_older = parsed->allow_older;
  spec.drop_unknown = parsed->drop_unknown;
  spec.skip_refused_consumers = parsed->skip_refused_consumers;
  submission.spec = std::move(spec);
  Prepare(request, std::move(submission), parsed->wait,
          parsed->backup.empty() ? RequireAnyBackup : FindStreamOfBackup);
}

void JobHandlers::Verify(const Request& request, const Document& body) {
  const Result<VerifyRequest> parsed = ParseVerifyRequest(body);
  if (!parsed) return context_.desk.Refuse(request, parsed.error());
  if (!MayWait(request, parsed->wait)) return;
  JobManager::Submission submission;
  submission.id = parsed->job;
  submission.stream = parsed->stream.empty() ? std::string(kAllStreams) : parsed->stream;
  submission.backup = parsed->backup;
  submission.spec = VerifySpec{parsed->backup, parsed->stream, parsed->drill};
  if (parsed->backup.empty()) return Submit(request, submission, parsed->wait);
  Prepare(request, std::move(submission), parsed->wait, FindStreamToVerify);
}

void JobHandlers::Prepare(const Request& request, JobManager::Submission submission, bool wait,
                          Preparation preparation) {
  // A job that is there needs no preparation, and may have changed what the preparation would find.
  if (!submission.id.empty()) {
    if (auto known = context_.jobs.FindSame(submission.id, submission.spec)) {
      return AnswerJob(request, *known, wait);
    }
  }
  submission.encoding = request->encoding;
  if (const Status room = RoomFor(context_.workers); !room) {
    return context_.desk.Refuse(request, room.error());
  }
  context_.workers.Run([this, request, submission = std::move(submission), wait,
                        preparation = std::move(preparation)]() mutable {
    Status status = GuardedCall<Status>([&] { return preparation(context_.engine, submission); });
    context_.loop.Post(context_.alive.Guard(
        [this, request, submission = std::move(submission), wait, status = std::move(status)] {
          if (status) return Submit(request, submission, wait);
          if (!request->WantsAnswer()) context_.jobs.PublishRefusal(submission, status.error());
          context_.desk.Refuse(request, status.error());
        }));
  });
}

void JobHandlers::Submit(const Request& request, const JobManager::Submission& submission,
                         bool wait) {
  JobManager::Submission with_encoding = submission;
  with_encoding.encoding = request->encoding;
  const Result<JobStatus> job = context_.jobs.Submit(with_encoding);
  const bool conflict = !job && job.error().code == Errc::kJobConflict;
  // After a conflict the events under that id are those of the other job.
  if (!job && !conflict && !request->WantsAnswer()) {
    context_.jobs.PublishRefusal(submission, job.error());
  }
  AnswerJob(request, job, wait);
}

void JobHandlers::AnswerJob(const Request& request, const Result<JobStatus>& job, bool wait) {
  if (!job) return context_.desk.Refuse(request, job.error());
  if (!wait || !request->WantsAnswer())
    return context_.desk.Answer(request, JobAnswer(*job, context_.subjects));
  context_.jobs.WhenEnded(job->job, [this, request](const Result<Document>& result) {
    if (result) {
      context_.desk.Answer(request, *result);
    } else {
      context_.desk.Refuse(request, result.error());
    }
  });
}

}  // namespace jetkeep
