#include <algorithm>
#include <span>
#include <string>

#include "protocol/control/message_document.h"
#include "protocol/control/requests.h"
#include "service/control/endpoints/endpoints.h"
#include "service/control/worker_answers.h"

namespace jetkeep {
namespace {

// As many messages as fit, at least one.
Result<std::string> EncodePage(const MessagePage& page, const std::string& backup,
                               std::size_t max_body, Encoding encoding) {
  const std::span<const BackupMessage> messages = page.messages;
  std::string body = FitBody(messages.size(), max_body, encoding, [&](std::size_t count) {
    const bool all = count >= messages.size();
    return MessagesAnswer(backup, messages.first(std::min(count, messages.size())),
                          all ? page.next_sequence : messages[count].sequence);
  });
  if (body.size() <= max_body) return body;
  return Fail(DoesNotFit(messages.front()));
}

}  // namespace

void HandleMessages(ControlContext& context, const Request& request, const Document& body) {
  const Result<MessagesRequest> parsed = ParseMessagesRequest(body);
  if (!parsed) return context.desk.Refuse(request, parsed.error());
  const auto work = [&context, account = request->account, encoding = request->encoding,
                     asked = *parsed]() -> Result<std::string> {
    PageRequest page;
    page.backup = asked.backup;
    page.selection = asked.selection;
    page.limit = asked.limit;
    page.limit_bytes = context.max_body();
    JETKEEP_ASSIGN(const MessagePage read, account->engine->Messages(page, context.stop));
    return EncodePage(read, asked.backup, context.max_body(), encoding);
  };
  AnswerFromWorker(context, request, work);
}

}  // namespace jetkeep
