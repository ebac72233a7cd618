// show: one backup or one set in detail.
#include "protocol/control/requests.h"
#include "service/cli/backup_source.h"
#include "service/cli/commands/commands.h"
#include "service/cli/exit_code.h"
#include "service/cli/local_repository.h"
#include "service/cli/render/backup_text.h"
#include "service/cli/render/set_text.h"
#include "service/cli/set_source.h"
#include "service/cli/several_repositories.h"

namespace jetkeep {
namespace {

class Show : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.RequiredArgument(
        "ID", backup_,
        "backup: its id or the beginning, or a stream for its newest one, or latest; or a set: its "
        "id or the beginning, with set- in front");
    DeclareDirectReading(flags);
  }
  Status Check(const FlagValues&) const override {
    if (MeansSet(backup_)) return CheckSetWord(backup_);
    return CheckBackupWord(backup_, BackupWords::kIdsAndStreams);
  }
  Result<int> Run(Context& context) override {
    JETKEEP_ASSIGN(const Document shown, Read(context));
    if (context.console.json()) {
      context.console.PrintJson(shown);
    } else {
      context.console.Print(MeansSet(backup_) ? RenderSet(shown) : RenderBackup(shown));
    }
    return kExitOk;
  }

 private:
  Result<Document> Read(const Context& context) const {
    if (ReadsRepository(context.given)) {
      if (MeansSet(backup_)) {
        JETKEEP_ASSIGN(const std::string set, SetIdFromRepository(context, backup_));
        return SetFromRepository(context.config(), set);
      }
      JETKEEP_ASSIGN(const std::string id, BackupIdFromRepository(context, backup_));
      return ShowFromRepository(context.config(), id);
    }
    JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client,
                   ControlClient::Connect(context.config(), context.addressee));
    AskForRepositories(*client, context.console);
    Result<Document> backup = ReadFrom(*client);
    client->NoteAnswerer(context.console);
    WarnOfSeveralRepositories(*client, context.console);
    return backup;
  }
  Result<Document> ReadFrom(ControlClient& client) const {
    if (MeansSet(backup_)) {
      JETKEEP_ASSIGN(const std::string set, SetIdFromService(client, backup_));
      return SetFromService(client, set);
    }
    JETKEEP_ASSIGN(const std::string id,
                   BackupIdFromService(client, backup_, BackupWords::kIdsAndStreams));
    return client.Call(EndpointId::kShow, ToDocument(ShowRequest{id}));
  }

  std::string backup_;
};

}  // namespace

std::unique_ptr<Verb> MakeShow() { return std::make_unique<Show>(); }

}  // namespace jetkeep
