#include <string>

#include "protocol/control/answers.h"
#include "protocol/control/requests.h"
#include "service/control/endpoints/endpoints.h"
#include "service/control/worker_answers.h"

namespace jetkeep {
namespace {

void Answer(ControlContext& context, const Request& request, const Document& body, bool pinned) {
  const Result<PinRequest> parsed = ParsePinRequest(body);
  if (!parsed) return context.desk.Refuse(request, parsed.error());
  const auto work = [account = request->account, encoding = request->encoding, wanted = *parsed,
                     pinned]() -> Result<std::string> {
    const PinSpec spec{wanted.backup, wanted.set};
    JETKEEP_TRY(pinned ? account->engine->Pin(spec) : account->engine->Unpin(spec));
    return EncodeBody(PinAnswer(wanted, pinned), encoding);
  };
  AnswerFromWorker(context, request, work);
}

}  // namespace

void HandlePin(ControlContext& context, const Request& request, const Document& body) {
  Answer(context, request, body, true);
}

void HandleUnpin(ControlContext& context, const Request& request, const Document& body) {
  Answer(context, request, body, false);
}

}  // namespace jetkeep
