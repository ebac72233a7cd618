#include <string>

#include "protocol/control/answers.h"
#include "protocol/control/requests.h"
#include "service/control/endpoints/endpoints.h"
#include "service/control/worker_answers.h"

namespace jetkeep {

void HandleDelete(ControlContext& context, const Request& request, const Document& body) {
  const Result<DeleteRequest> parsed = ParseDeleteRequest(body);
  if (!parsed) return context.desk.Refuse(request, parsed.error());
  const auto work = [account = request->account, encoding = request->encoding,
                     wanted = *parsed]() -> Result<std::string> {
    if (!wanted.set.empty()) {
      JETKEEP_ASSIGN(const DeletedSet deleted, account->engine->DeleteSet(wanted.set, wanted.last));
      return EncodeBody(DeleteSetAnswer(wanted.set, account->name, deleted), encoding);
    }
    JETKEEP_TRY(account->engine->Delete({wanted.backup, wanted.last, wanted.from_sets}));
    return EncodeBody(DeleteAnswer(wanted.backup, account->name), encoding);
  };
  AnswerFromWorker(context, request, work);
}

}  // namespace jetkeep
