// config-export: the configurations in a backup as files, by this process.
#include "service/cli/backup_source.h"
#include "service/cli/commands/commands.h"
#include "service/cli/exit_code.h"
#include "service/cli/render/human.h"
#include "service/engine/transfer/config_files.h"
#include "service/setup/opened_repository.h"

namespace jetkeep {
namespace {

class ConfigExport : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.RequiredArgument(
        "ID", backup_,
        "backup: its id or the beginning, or a stream for its newest one, or latest");
    flags.RequiredArgument("DIR", folder_, "the directory to make");
    flags.Flag("--nack", nack_,
               "Kubernetes resources of NACK in place of JSON for the nats command line");
    flags.Settings(SettingGroup::kRepository, "Repository");
  }
  Status Check(const FlagValues&) const override {
    return CheckBackupWord(backup_, BackupWords::kIdsAndStreams);
  }
  Result<int> Run(Context& context) override {
    JETKEEP_ASSIGN(const auto opened, OpenForReading(context.config(), AccountGiven(context)));
    JETKEEP_ASSIGN(const std::string id, BackupIdFromRepository(context, backup_));
    JETKEEP_ASSIGN(const Manifest manifest, opened->repository->Load(id));
    JETKEEP_ASSIGN(
        const std::vector<ExportedConfig> files,
        ConfigFilesOf(manifest, nack_ ? ConfigFileFormat::kNack : ConfigFileFormat::kJson));
    JETKEEP_TRY(WriteConfigFiles(files, folder_));
    Print(manifest, files, context.console);
    return kExitOk;
  }

 private:
  void Print(const Manifest& manifest, const std::vector<ExportedConfig>& files,
             Console& console) const {
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
    if (console.json()) {
      console.PrintJson(
          {{"directory", folder_}, {"backup", manifest.id}, {"files", std::move(list)}});
      return;
    }
    console.PrintLine("wrote " + HumanPlural(files.size(), "file") + " of backup " + manifest.id);
  }

  std::string backup_;
  std::string folder_;
  bool nack_ = false;
};

}  // namespace

std::unique_ptr<Verb> MakeConfigExport() { return std::make_unique<ConfigExport>(); }

}  // namespace jetkeep
