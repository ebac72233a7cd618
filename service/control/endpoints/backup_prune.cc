#include <algorithm>
#include <string>
#include <utility>

#include "protocol/control/prune_document.h"
#include "service/control/endpoints/endpoints.h"
#include "service/control/worker_answers.h"

namespace jetkeep {

// One after the other, as dry runs of restores: each reads every manifest.
void HandlePrune(ControlContext& context, const Request& request, const Document& body) {
  Result<PruneSpec> spec = ParsePruneRequest(body);
  if (!spec) return context.desk.Refuse(request, spec.error());
  const auto work = [&context, account = request->account, encoding = request->encoding,
                     spec = *std::move(spec)]() -> Result<std::string> {
    JETKEEP_ASSIGN(const PruneReport report, account->engine->Prune(spec, context.stop));
    const std::size_t most = std::max(report.decisions.size(), report.warnings.size());
    return FitBody(most, context.max_body(), encoding, [&](std::size_t count) {
      return PruneAnswer(report, spec.dry_run, account->name, count);
    });
  };
  AnswerFromPlanner(context, request, work);
}

}  // namespace jetkeep
