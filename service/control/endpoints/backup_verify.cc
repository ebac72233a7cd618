#include <string>
#include <utility>

#include "protocol/control/requests.h"
#include "service/control/endpoints/endpoints.h"
#include "service/control/job_requests.h"

namespace jetkeep {
namespace {

// A backup whose manifest cannot be read is what verify is for; its events then name no stream.
Status FindStreamToVerify(Engine& engine, JobManager::Submission& submission) {
  Status found = FindStreamOfBackup(engine, submission);
  if (!found && found.error().code == Errc::kBackupNotFound) return found;
  return {};
}

Status RequireSet(Engine& engine, JobManager::Submission& submission) {
  return engine.ShowSet(submission.set).map([](const SetDetails&) {});
}

}  // namespace

void HandleVerify(ControlContext& context, const Request& request, const Document& body) {
  const Result<VerifyRequest> parsed = ParseVerifyRequest(body);
  if (!parsed) return context.desk.Refuse(request, parsed.error());
  JobManager::Submission submission;
  submission.stream = parsed->stream.empty() ? std::string(kAllStreams) : parsed->stream;
  submission.backup = parsed->backup;
  submission.set = parsed->set;
  submission.spec = VerifySpec{parsed->backup, parsed->stream, parsed->drill,
                               request->account->name, parsed->set};
  JobPreparation preparation;
  if (!parsed->set.empty()) preparation = RequireSet;
  if (!parsed->backup.empty()) preparation = FindStreamToVerify;
  SubmitJob(context, request, parsed->options, std::move(submission), std::move(preparation));
}

}  // namespace jetkeep
