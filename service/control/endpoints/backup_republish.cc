#include <utility>

#include "protocol/control/requests.h"
#include "service/control/endpoints/endpoints.h"
#include "service/control/job_requests.h"

namespace jetkeep {

void HandleRepublish(ControlContext& context, const Request& request, const Document& body) {
  Result<RepublishRequest> parsed = ParseRepublishRequest(body);
  if (!parsed) return context.desk.Refuse(request, parsed.error());
  parsed->spec.account = request->account->name;
  parsed->spec.reserved = context.subjects.All();
  JobManager::Submission submission;
  submission.backup = parsed->spec.backup;
  submission.spec = std::move(parsed->spec);
  SubmitJob(context, request, parsed->options, std::move(submission), FindStreamOfBackup);
}

}  // namespace jetkeep
