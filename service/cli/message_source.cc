#include "service/cli/message_source.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "protocol/control/message_document.h"
#include "protocol/control/requests.h"
#include "service/cli/backup_source.h"
#include "service/cli/control_client.h"
#include "service/cli/render/fields.h"
#include "service/cli/several_repositories.h"
#include "service/engine/read/read_messages.h"
#include "service/setup/opened_repository.h"

namespace jetkeep {
namespace {

using OnMessage = std::function<Result<ReadOn>(const Document& message)>;

// One page after the other, each of at most request.limit messages.
Status ReadPages(ControlClient& client, MessagesRequest request, const OnMessage& on) {
  for (;;) {
    JETKEEP_ASSIGN(const Document page, client.Call(EndpointId::kMessages, ToDocument(request)));
    for (const Document& message : MemberOf(page, "messages")) {
      JETKEEP_ASSIGN(const ReadOn read_on, on(message));
      if (read_on == ReadOn::kNo) return {};
    }
    const std::uint64_t next = CountOf(page, "next_sequence");
    if (next == 0) return {};
    if (next <= request.selection.first_sequence) {
      return Fail(Errc::kInternal, "the pages of messages that the service sends do not go on");
    }
    request.selection.first_sequence = next;
  }
}

Status ReadRepository(const Context& context, const std::string& word,
                      const MessageSelection& selection, const OnMessage& on) {
  JETKEEP_ASSIGN(const std::string id, BackupIdFromRepository(context, word));
  JETKEEP_ASSIGN(const auto opened, OpenForReading(context.config()));
  JETKEEP_ASSIGN(const Manifest manifest, opened->repository->Load(id));
  return ForEachMessage(*opened->repository, manifest, selection, CancelToken(),
                        [&](const RecordView& record) { return on(ToDocument(CopyOf(record))); });
}

}  // namespace

Result<Document> FindMessage(const Context& context, const std::string& word,
                             MessageReference reference) {
  if (ReadsRepository(context.given)) {
    JETKEEP_ASSIGN(reference.backup, BackupIdFromRepository(context, word));
    JETKEEP_ASSIGN(const auto opened, OpenForReading(context.config()));
    JETKEEP_ASSIGN(const BackupMessage message,
                   GetMessage(*opened->repository, reference, CancelToken()));
    return ToDocument(message);
  }
  JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client,
                 ControlClient::Connect(context.config(), context.addressee));
  AskForRepositories(*client, context.console);
  JETKEEP_ASSIGN(reference.backup, BackupIdFromService(*client, word, BackupWords::kIdsAndStreams));
  const Result<Document> answer = client->Call(EndpointId::kGet, ToDocument(reference));
  WarnOfSeveralRepositories(*client, context.console);
  if (!answer) return Fail(answer.error());
  return MemberOf(*answer, "message");
}

Status ForEachSelected(const Context& context, const std::string& word, MessageSelection selection,
                       std::uint64_t limit,
                       const std::function<Status(const Document& message)>& print) {
  std::uint64_t printed = 0;
  const OnMessage on = [&](const Document& message) -> Result<ReadOn> {
    JETKEEP_TRY(print(message));
    return ++printed == limit ? ReadOn::kNo : ReadOn::kYes;
  };
  if (ReadsRepository(context.given)) return ReadRepository(context, word, selection, on);
  JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client,
                 ControlClient::Connect(context.config(), context.addressee));
  AskForRepositories(*client, context.console);
  MessagesRequest request;
  JETKEEP_ASSIGN(request.backup, BackupIdFromService(*client, word, BackupWords::kIdsAndStreams));
  request.selection = std::move(selection);
  request.limit = limit == 0 ? kMaxListLimit : std::min(limit, kMaxListLimit);
  Status read = ReadPages(*client, std::move(request), on);
  WarnOfSeveralRepositories(*client, context.console);
  return read;
}

}  // namespace jetkeep
