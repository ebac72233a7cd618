// pin and unpin: a backup or a set.
#include "protocol/control/requests.h"
#include "service/cli/backup_source.h"
#include "service/cli/commands/commands.h"
#include "service/cli/exit_code.h"
#include "service/cli/set_source.h"
#include "service/cli/several_repositories.h"

namespace jetkeep {
namespace {

class Pin : public Verb {
 public:
  explicit Pin(bool pinned) : pinned_(pinned) {}
  void Declare(Flags& flags) override {
    flags.RequiredArgument("ID", id_, "backup or set: its id, or the beginning of one id only");
  }
  Status Check(const FlagValues&) const override {
    return MeansSet(id_) ? CheckSetWord(id_) : CheckBackupWord(id_, BackupWords::kIds);
  }
  Result<int> Run(Context& context) override {
    JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client,
                   ControlClient::Connect(context.config(), context.addressee));
    AskForRepositories(*client, context.console);
    Result<int> code = RunAt(*client, context.console);
    client->NoteAnswerer(context.console);
    WarnOfSeveralRepositories(*client, context.console);
    return code;
  }

 private:
  Result<int> RunAt(ControlClient& client, Console& console) const {
    PinRequest request;
    if (MeansSet(id_)) {
      JETKEEP_ASSIGN(request.set, SetIdFromService(client, id_));
    } else {
      JETKEEP_ASSIGN(request.backup, BackupIdFromService(client, id_, BackupWords::kIds));
    }
    JETKEEP_ASSIGN(
        const Document answer,
        client.Call(pinned_ ? EndpointId::kPin : EndpointId::kUnpin, ToDocument(request)));
    if (console.json()) {
      console.PrintJson(answer);
    } else {
      console.PrintLine((pinned_ ? "pinned " : "unpinned ") +
                        (request.set.empty() ? "backup " + request.backup : "set " + request.set));
    }
    return kExitOk;
  }

  const bool pinned_;
  std::string id_;
};

}  // namespace

std::unique_ptr<Verb> MakePin() { return std::make_unique<Pin>(true); }
std::unique_ptr<Verb> MakeUnpin() { return std::make_unique<Pin>(false); }

}  // namespace jetkeep
