// config-export: the configurations in a backup, or in those of a set, as files, by this process.
#include <optional>
#include <string>
#include <vector>

#include "protocol/control/answers.h"
#include "service/cli/backup_source.h"
#include "service/cli/commands/commands.h"
#include "service/cli/exit_code.h"
#include "service/cli/render/human.h"
#include "service/cli/set_source.h"
#include "service/engine/sets/set_choice.h"
#include "service/engine/transfer/config_files.h"
#include "service/setup/opened_repository.h"

namespace jetkeep {
namespace {

class ConfigExport : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.RequiredArgument(
        "ID", id_,
        "backup or set: its id or the beginning, or a stream for its newest backup, or latest");
    flags.RequiredArgument("DIR", folder_, "the directory to make");
    flags.Flag("--nack", nack_,
               "Kubernetes resources of NACK in place of JSON for the nats command line");
    flags.Settings(SettingGroup::kRepository, "Repository");
  }
  Status Check(const FlagValues&) const override {
    return MeansSet(id_) ? CheckSetWord(id_) : CheckBackupWord(id_, BackupWords::kIdsAndConfigs);
  }
  Result<int> Run(Context& context) override {
    JETKEEP_ASSIGN(const auto opened, OpenForReading(context.config(), AccountGiven(context)));
    JETKEEP_ASSIGN(const std::string id,
                   MeansSet(id_)
                       ? SetIdFromRepository(context, id_)
                       : BackupIdFromRepository(context, id_, BackupWords::kIdsAndConfigs));
    ConfigFiles files(nack_ ? ConfigFileFormat::kNack : ConfigFileFormat::kJson);
    std::vector<Failed> failed;
    std::vector<std::optional<Error>> outcomes;
    if (MeansSet(id_)) {
      JETKEEP_ASSIGN(const SetDetails set, ChooseSet(*opened->repository, id));
      for (const SetMember& member : set.members) {
        const Status added = AddMember(*opened->repository, member, files);
        outcomes.push_back(added ? std::nullopt : std::optional(added.error()));
        if (!added) failed.push_back({member.stream, added.error()});
      }
    } else {
      JETKEEP_ASSIGN(const Manifest manifest, opened->repository->Load(id));
      JETKEEP_TRY(files.Add(manifest));
      outcomes.emplace_back();
    }
    if (!files.files().empty()) JETKEEP_TRY(files.Write(folder_));
    Print(id, files.files(), failed, context.console);
    return ExitCodeOf(outcomes);
  }

 private:
  struct Failed {
    std::string stream;
    Error error;
  };

  static Status AddMember(Repository& repository, const SetMember& member, ConfigFiles& files) {
    if (member.error) return Fail(*member.error);
    JETKEEP_ASSIGN(const Manifest manifest, repository.Load(member.backup, member.stream));
    return files.Add(manifest);
  }

  void Print(const std::string& id, const std::vector<ExportedConfig>& files,
             const std::vector<Failed>& failed, Console& console) const {
    Document list = Document::array();
    for (const ExportedConfig& file : files) {
      list.push_back({{"name", file.name},
                      {"stream", file.stream},
                      {"consumer", file.consumer},
                      {"left_out", file.left_out}});
      for (const std::string& field : file.left_out) {
        console.Warn(file.name + ": NACK has no field for " + field);
      }
    }
    Document not_exported = Document::array();
    for (const Failed& one : failed) {
      not_exported.push_back({{"stream", one.stream}, {"error", ToDocument(one.error)}});
      console.Warn("not exported: " + Printable(one.stream) + ": " + one.error.message);
    }
    if (console.json()) {
      console.PrintJson({{"directory", folder_},
                         {MeansSet(id_) ? "set" : "backup", id},
                         {"files", std::move(list)},
                         {"failed", std::move(not_exported)}});
      return;
    }
    console.PrintLine("wrote " + HumanPlural(files.size(), "file") + " of " +
                      (MeansSet(id_) ? "set " : "backup ") + id);
  }

  std::string id_;
  std::string folder_;
  bool nack_ = false;
};

}  // namespace

std::unique_ptr<Verb> MakeConfigExport() { return std::make_unique<ConfigExport>(); }

}  // namespace jetkeep
