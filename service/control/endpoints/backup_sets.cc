#include <algorithm>
#include <span>
#include <string>

#include "protocol/control/answers.h"
#include "protocol/control/requests.h"
#include "service/control/endpoints/endpoints.h"
#include "service/control/worker_answers.h"

namespace jetkeep {

void HandleSets(ControlContext& context, const Request& request, const Document& body) {
  const Result<SetsRequest> parsed = ParseSetsRequest(body);
  if (!parsed) return context.desk.Refuse(request, parsed.error());
  const auto work = [&context, account = request->account, encoding = request->encoding,
                     list = *parsed]() -> Result<std::string> {
    JETKEEP_ASSIGN(const SetListing listing, account->engine->Sets());
    const std::span<const SetSummary> all(listing.sets);
    const std::size_t first = std::min<std::uint64_t>(list.offset, all.size());
    const std::size_t count = std::min<std::uint64_t>(list.limit, all.size() - first);
    const std::span<const SetSummary> page = all.subspan(first, count);
    return FitBody(count, context.max_body(), encoding, [&](std::size_t fitting) {
      return SetsAnswer(page.first(fitting), all.size(), list.offset, list.limit, listing.warnings);
    });
  };
  AnswerFromWorker(context, request, work);
}

}  // namespace jetkeep
