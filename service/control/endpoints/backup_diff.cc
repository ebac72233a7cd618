#include <algorithm>
#include <string>

#include "protocol/control/diff_document.h"
#include "protocol/control/requests.h"
#include "service/control/endpoints/endpoints.h"
#include "service/control/worker_answers.h"

namespace jetkeep {

void HandleDiff(ControlContext& context, const Request& request, const Document& body) {
  const Result<DiffSpec> parsed = ParseDiffRequest(body);
  if (!parsed) return context.desk.Refuse(request, parsed.error());
  const auto work = [&context, account = request->account, encoding = request->encoding,
                     spec = *parsed]() -> Result<std::string> {
    JETKEEP_ASSIGN(const DiffReport report, account->engine->Diff(spec, context.stop));
    const std::size_t longest =
        std::max({report.messages.size(), report.configs.size(), report.positions.size()});
    return FitBody(longest, context.max_body(), encoding,
                   [&](std::size_t count) { return ToDocument(report, count); });
  };
  AnswerFromPlanner(context, request, work);
}

}  // namespace jetkeep
