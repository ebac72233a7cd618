#include <optional>
#include <string>

#include "protocol/control/answers.h"
#include "protocol/control/requests.h"
#include "service/control/endpoints/endpoints.h"
#include "service/control/unknown_job.h"

namespace jetkeep {
namespace {

bool AnswerIfKnown(ControlContext& context, const Request& request, const std::string& job) {
  const std::optional<JobStatus> known = FindAskedFor(context, *request, job);
  if (!known) return false;
  const Result<JobStatus> cancelled = context.jobs.Cancel(job, known->account);
  if (!cancelled) return false;
  context.desk.Answer(request, JobAnswer(*cancelled, context.subjects));
  return true;
}

}  // namespace

void HandleCancel(ControlContext& context, const Request& request, const Document& body) {
  const Result<CancelRequest> parsed = ParseCancelRequest(body);
  if (!parsed) return context.desk.Refuse(request, parsed.error());
  if (AnswerIfKnown(context, request, parsed->job)) return;
  AfterOtherInstances(context, request, [&context, request, job = parsed->job] {
    if (!AnswerIfKnown(context, request, job)) DisclaimJob(context, request, job);
  });
}

}  // namespace jetkeep
