#include <string>
#include <utility>
#include <variant>

#include "protocol/control/requests.h"
#include "service/control/endpoints/endpoints.h"
#include "service/control/job_requests.h"

namespace jetkeep {
namespace {

// Only what is certain refuses a request at once; a server that cannot be asked now may be there
// when the job's turn comes, and the job is the one that tries again.
Status RequireStream(Engine& engine, JobManager::Submission& submission) {
  Status status = engine.CheckStream(submission.stream);
  if (!status && status.error().code == Errc::kStreamNotFound) return status;
  return {};
}

// Patterns that choose nothing are refused at once, too.
Status RequireSelection(Engine& engine, JobManager::Submission& submission) {
  Status status = engine.CheckSelection(std::get<BackupSetSpec>(submission.spec).selection);
  if (!status &&
      (status.error().code == Errc::kStreamNotFound || status.error().code == Errc::kInvalidName)) {
    return status;
  }
  return {};
}

}  // namespace

void HandleBackup(ControlContext& context, const Request& request, const Document& body) {
  const Result<BackupRequest> parsed = ParseBackupRequest(body);
  if (!parsed) return context.desk.Refuse(request, parsed.error());
  JobManager::Submission submission;
  if (!parsed->selection.streams.empty()) {
    submission.stream = std::string(kAllStreams);
    submission.spec =
        BackupSetSpec{parsed->selection, parsed->metadata,       parsed->accept_damaged,
                      parsed->parallel,  request->account->name, parsed->config_only};
    return SubmitJob(context, request, parsed->options, std::move(submission), RequireSelection);
  }
  submission.stream = parsed->stream;
  submission.spec = BackupSpec{parsed->stream, parsed->accept_damaged, request->account->name,
                               parsed->config_only};
  SubmitJob(context, request, parsed->options, std::move(submission), RequireStream);
}

}  // namespace jetkeep
