#include "protocol/control/message_document.h"
#include "protocol/control/requests.h"
#include "service/control/endpoints/endpoints.h"
#include "service/control/worker_answers.h"

namespace jetkeep {

void HandleGet(ControlContext& context, const Request& request, const Document& body) {
  const Result<MessageReference> parsed = ParseGetRequest(body);
  if (!parsed) return context.desk.Refuse(request, parsed.error());
  const auto work = [&context, account = request->account, encoding = request->encoding,
                     reference = *parsed]() -> Result<std::string> {
    JETKEEP_ASSIGN(const BackupMessage message, account->engine->Get(reference));
    std::string answer = EncodeBody(MessageAnswer(reference.backup, message), encoding);
    if (answer.size() <= context.max_body()) return answer;
    return Fail(DoesNotFit(message));
  };
  AnswerFromWorker(context, request, work);
}

}  // namespace jetkeep
