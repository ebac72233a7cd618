#include <algorithm>
#include <string>
#include <utility>

#include "protocol/control/drift_document.h"
#include "protocol/control/requests.h"
#include "service/control/endpoints/endpoints.h"
#include "service/control/worker_answers.h"

namespace jetkeep {

void HandleDrift(ControlContext& context, const Request& request, const Document& body) {
  Result<DriftRequest> parsed = ParseDriftRequest(body);
  if (!parsed) return context.desk.Refuse(request, parsed.error());
  DriftSpec spec{std::move(parsed->backup), std::move(parsed->set), std::move(parsed->configs),
                 std::move(parsed->streams)};
  const auto work = [&context, account = request->account, encoding = request->encoding,
                     spec = std::move(spec)]() -> Result<std::string> {
    JETKEEP_ASSIGN(const DriftReport report, account->engine->CheckDrift(spec, context.stop));
    return FitBody(std::max(report.differences.size(), report.unknown.size()), context.max_body(),
                   encoding,
                   [&](std::size_t count) { return ToDocument(report, account->name, count); });
  };
  AnswerFromPlanner(context, request, work);
}

}  // namespace jetkeep
