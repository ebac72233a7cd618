// delete: a backup or a set, after asking.
#include "protocol/control/requests.h"
#include "service/cli/backup_source.h"
#include "service/cli/commands/commands.h"
#include "service/cli/exit_code.h"
#include "service/cli/render/backup_text.h"
#include "service/cli/render/fields.h"
#include "service/cli/render/human.h"
#include "service/cli/render/set_text.h"
#include "service/cli/set_source.h"
#include "service/cli/several_repositories.h"

namespace jetkeep {
namespace {

class Delete : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.RequiredArgument("ID", backup_,
                           "backup or set: its id, or a beginning of it that no other id has");
    flags.Flag("-y,--yes", yes_, "do not ask (needed where there is no terminal to ask on)");
    flags.Flag("--last", last_, "delete it even if it is the last good backup of its stream");
    flags.Flag("--from-sets", from_sets_, "delete the backup even if a set names it");
  }
  Status Check(const FlagValues&) const override {
    if (!MeansSet(backup_)) return CheckBackupWord(backup_, BackupWords::kIds);
    if (from_sets_) return Fail(Errc::kUsage, "--from-sets goes with a backup, not with a set");
    return CheckSetWord(backup_);
  }
  Result<int> Run(Context& context) override {
    Console& console = context.console;
    if (!yes_ && !console.CanAsk()) {
      return Fail(Errc::kUsage, "delete asks for confirmation, and there is no terminal to ask on",
                  "Add --yes to delete without a question.");
    }
    JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client,
                   ControlClient::Connect(context.config(), context.addressee));
    AskForRepositories(*client, console);
    Result<int> code =
        MeansSet(backup_) ? DeleteSetAt(*client, console) : DeleteAt(*client, console);
    client->NoteAnswerer(console);
    WarnOfSeveralRepositories(*client, console);
    return code;
  }

 private:
  Result<int> DeleteAt(ControlClient& client, Console& console) const {
    JETKEEP_ASSIGN(const std::string id, BackupIdFromService(client, backup_, BackupWords::kIds));
    if (!yes_) {
      JETKEEP_ASSIGN(const bool sure, Ask(client, id, console));
      if (!sure) {
        console.PrintLine("nothing was deleted");
        return kExitFailed;
      }
    }
    JETKEEP_ASSIGN(
        const Document answer,
        client.Call(EndpointId::kDelete, ToDocument(DeleteRequest{id, last_, from_sets_})));
    if (console.json()) {
      console.PrintJson(answer);
    } else {
      console.PrintLine("deleted backup " + id);
    }
    return kExitOk;
  }

  Result<int> DeleteSetAt(ControlClient& client, Console& console) const {
    DeleteRequest request;
    request.last = last_;
    JETKEEP_ASSIGN(request.set, SetIdFromService(client, backup_));
    if (!yes_) {
      const auto set = client.Call(EndpointId::kSet, ToDocument(SetRequest{request.set}));
      if (!set && set.error().code == Errc::kSetNotFound) return Fail(set.error());
      const std::string what =
          set ? DescribeSet(*set) : "set " + request.set + " (" + set.error().message + ")";
      if (!console.Confirm("Delete " + what + ", and its backups?")) {
        console.PrintLine("nothing was deleted");
        return kExitFailed;
      }
    }
    JETKEEP_ASSIGN(const Document answer, client.Call(EndpointId::kDelete, ToDocument(request)));
    if (console.json()) {
      console.PrintJson(answer);
      return kExitOk;
    }
    console.PrintLine("deleted set " + request.set + " and " +
                      HumanPlural(CountOf(answer, "backups"), "backup"));
    for (const Document& kept : MemberOf(answer, "kept")) {
      if (kept.is_string()) console.Warn("kept: " + kept.get<std::string>());
    }
    return kExitOk;
  }

  Result<bool> Ask(ControlClient& client, const std::string& id, Console& console) const {
    const auto backup = client.Call(EndpointId::kShow, ToDocument(ShowRequest{id}));
    // One whose manifest cannot be read can be deleted, too.
    if (!backup && backup.error().code == Errc::kBackupNotFound) return Fail(backup.error());
    const std::string what =
        backup ? DescribeBackup(*backup) : "backup " + id + " (" + backup.error().message + ")";
    return console.Confirm("Delete " + what + (last_ ? ", even if it is the last good one?" : "?"));
  }

  std::string backup_;
  bool yes_ = false;
  bool last_ = false;
  bool from_sets_ = false;
};

}  // namespace

std::unique_ptr<Verb> MakeDelete() { return std::make_unique<Delete>(); }

}  // namespace jetkeep
