#include <algorithm>
#include <string>

#include "protocol/control/requests.h"
#include "protocol/control/set_document.h"
#include "service/control/endpoints/endpoints.h"
#include "service/control/worker_answers.h"

namespace jetkeep {
namespace {

// More of them take long to encode, and fit into no message.
constexpr std::size_t kMostMembers = 5'000;

}  // namespace

void HandleSet(ControlContext& context, const Request& request, const Document& body) {
  const Result<SetRequest> parsed = ParseSetRequest(body);
  if (!parsed) return context.desk.Refuse(request, parsed.error());
  const auto work = [&context, account = request->account, encoding = request->encoding,
                     wanted = *parsed]() -> Result<std::string> {
    JETKEEP_ASSIGN(const SetDetails set, account->engine->ShowSet(wanted.set));
    const std::size_t first = std::min<std::uint64_t>(wanted.offset, set.members.size());
    const std::size_t count = std::min(kMostMembers, set.members.size() - first);
    return FitBody(count, context.max_body(), encoding,
                   [&](std::size_t fitting) { return ToDocument(set, wanted.offset, fitting); });
  };
  AnswerFromWorker(context, request, work);
}

}  // namespace jetkeep
