// show: one backup in detail.
#include "protocol/control/requests.h"
#include "service/cli/backup_source.h"
#include "service/cli/commands/commands.h"
#include "service/cli/exit_code.h"
#include "service/cli/local_repository.h"
#include "service/cli/render/backup_text.h"
#include "service/cli/several_repositories.h"

namespace jetkeep {
namespace {

class Show : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.RequiredArgument(
        "ID", backup_,
        "backup: its id or the beginning, or a stream for its newest one, or latest");
    DeclareDirectReading(flags);
  }
  Status Check(const FlagValues&) const override {
    return CheckBackupWord(backup_, BackupWords::kIdsAndStreams);
  }
  Result<int> Run(Context& context) override {
    JETKEEP_ASSIGN(const Document backup, Read(context));
    if (context.console.json()) {
      context.console.PrintJson(backup);
    } else {
      context.console.Print(RenderBackup(backup));
    }
    return kExitOk;
  }

 private:
  Result<Document> Read(const Context& context) const {
    if (ReadsRepository(context.given)) {
      JETKEEP_ASSIGN(const std::string id, BackupIdFromRepository(context, backup_));
      return ShowFromRepository(context.config(), id);
    }
    JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client,
                   ControlClient::Connect(context.config(), context.addressee));
    Result<Document> backup = ReadFrom(*client);
    client->NoteAnswerer(context.console);
    WarnOfSeveralRepositories(*client, context.console);
    return backup;
  }
  Result<Document> ReadFrom(ControlClient& client) const {
    JETKEEP_ASSIGN(const std::string id,
                   BackupIdFromService(client, backup_, BackupWords::kIdsAndStreams));
    return client.Call(EndpointId::kShow, ToDocument(ShowRequest{id}));
  }

  std::string backup_;
};

}  // namespace

std::unique_ptr<Verb> MakeShow() { return std::make_unique<Show>(); }

}  // namespace jetkeep
