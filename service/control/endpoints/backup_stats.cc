#include <algorithm>
#include <string>

#include "protocol/control/requests.h"
#include "protocol/control/stats_document.h"
#include "service/control/endpoints/endpoints.h"
#include "service/control/worker_answers.h"

namespace jetkeep {

void HandleStats(ControlContext& context, const Request& request, const Document& body) {
  const Result<StatsSpec> parsed = ParseStatsRequest(body);
  if (!parsed) return context.desk.Refuse(request, parsed.error());
  const auto work = [&context, account = request->account, encoding = request->encoding,
                     spec = *parsed]() -> Result<std::string> {
    JETKEEP_ASSIGN(const BackupStats stats, account->engine->Stats(spec, context.stop));
    return FitBody(std::max(stats.subjects.size(), stats.periods.size()), context.max_body(),
                   encoding, [&](std::size_t count) { return ToDocument(stats, count); });
  };
  AnswerFromPlanner(context, request, work);
}

}  // namespace jetkeep
