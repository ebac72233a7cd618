#include <algorithm>
#include <string>

#include "protocol/control/backup_document.h"
#include "protocol/control/requests.h"
#include "service/control/endpoints/endpoints.h"
#include "service/control/worker_answers.h"

namespace jetkeep {
namespace {

std::string EncodeDetails(const BackupDetails& details, std::size_t max_body, Encoding encoding) {
  DetailLimits limits;
  const std::size_t longest =
      std::max({details.consumers.size(), details.segments.size(), details.lost.size()});
  limits.consumers = std::min(limits.consumers, details.consumers.size());
  limits.segments = std::min(limits.segments, details.segments.size());
  return FitBody(std::min(longest, limits.consumers + limits.segments), max_body, encoding,
                 [&](std::size_t count) {
                   DetailLimits now = limits;
                   now.consumers = std::min(count, limits.consumers);
                   now.segments = std::min(count, limits.segments);
                   now.lost = std::min(now.lost, std::max<std::size_t>(count, 1));
                   return ToDocument(details, now);
                 });
}

}  // namespace

void HandleShow(ControlContext& context, const Request& request, const Document& body) {
  const Result<ShowRequest> parsed = ParseShowRequest(body);
  if (!parsed) return context.desk.Refuse(request, parsed.error());
  const auto work = [&context, account = request->account, encoding = request->encoding,
                     backup = parsed->backup]() -> Result<std::string> {
    JETKEEP_ASSIGN(const BackupDetails details, account->engine->Show(backup));
    return EncodeDetails(details, context.max_body(), encoding);
  };
  AnswerFromWorker(context, request, work);
}

}  // namespace jetkeep
