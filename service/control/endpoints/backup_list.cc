#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "protocol/control/answers.h"
#include "protocol/control/requests.h"
#include "service/control/endpoints/endpoints.h"
#include "service/control/worker_answers.h"

namespace jetkeep {

void HandleList(ControlContext& context, const Request& request, const Document& body) {
  const Result<ListRequest> parsed = ParseListRequest(body);
  if (!parsed) return context.desk.Refuse(request, parsed.error());
  const auto work = [&context, account = request->account, encoding = request->encoding,
                     list = *parsed]() -> Result<std::string> {
    JETKEEP_ASSIGN(const BackupListing listing, account->engine->List(list.stream));
    const std::vector<BackupSummary>& all = listing.backups;
    const std::size_t first = std::min<std::uint64_t>(list.offset, all.size());
    const std::size_t count = std::min<std::uint64_t>(list.limit, all.size() - first);
    const std::span<const BackupSummary> page(all.data() + first, count);
    return FitBody(count, context.max_body(), encoding, [&](std::size_t fitting) {
      Document answer = ListAnswer(page.first(fitting), all.size(), list.offset, list.limit,
                                   listing.warnings, listing.incomplete);
      answer["account"] = account->name;
      return answer;
    });
  };
  AnswerFromWorker(context, request, work);
}

}  // namespace jetkeep
