// import: backups of the nats command line into the repository, by this process.
#include <chrono>

#include "jetkeep/clock.h"
#include "protocol/base/names.h"
#include "protocol/control/answers.h"
#include "protocol/control/backup_document.h"
#include "service/cli/commands/commands.h"
#include "service/cli/exit_code.h"
#include "service/cli/render/human.h"
#include "service/engine/transfer/import_folder.h"
#include "service/setup/opened_repository.h"

namespace jetkeep {
namespace {

class Unobserved : public JobObserver {
 public:
  void OnStarted(const std::string&, const std::string&) override {}
  void OnProgress(const JobProgress&) override {}
  void OnRetry(int, const Error&, std::int64_t) override {}
};

Document ToDocument(const StreamImport& item) {
  Document document = {{"path", item.where}, {"stream", item.stream}};
  if (item.error) {
    document["error"] = ToDocument(*item.error);
    return document;
  }
  document["backup"] = ToDocument(item.imported->backup);
  document["was_there"] = item.imported->was_there;
  document["warnings"] = item.imported->warnings;
  return document;
}

class Import : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.RequiredArgument("DIR", folder_,
                           "directory of one stream's backup, or one with many of them");
    flags.Options("--stream", streams_, "STREAM", "only this stream; may be given several times");
    flags.Flag(
        "--strict", strict_,
        "refuse a directory that holds anything besides backups, each under its stream's name");
    flags.Settings(SettingGroup::kRepository, "Repository");
  }
  Status Check(const FlagValues&) const override {
    for (const std::string& stream : streams_) JETKEEP_TRY(CheckStreamName(stream));
    return {};
  }
  Result<int> Run(Context& context) override {
    // Before a repository is made for nothing.
    JETKEEP_TRY(SourceFolder::Open(folder_).map([](const SourceFolder&) {}));
    JETKEEP_ASSIGN(const auto opened, OpenForAccount(context.config(), context.config().account()));
    Unobserved observer;
    JETKEEP_ASSIGN(const ImportReport report,
                   ImportFolder({folder_, streams_, strict_}, *opened->repository, SystemClock(),
                                observer, CancelToken()));
    Print(report, context.console);
    std::vector<std::optional<Error>> outcomes;
    outcomes.reserve(report.streams.size());
    for (const StreamImport& item : report.streams) outcomes.push_back(item.error);
    return ExitCodeOf(outcomes);
  }

 private:
  static void Print(const ImportReport& report, Console& console) {
    if (console.json()) {
      Document streams = Document::array();
      for (const StreamImport& item : report.streams) streams.push_back(ToDocument(item));
      console.PrintJson({{"streams", std::move(streams)}, {"warnings", report.warnings}});
      return;
    }
    for (const std::string& warning : report.warnings) console.Warn(warning);
    for (const StreamImport& item : report.streams) PrintItem(item, console);
  }

  static void PrintItem(const StreamImport& item, Console& console) {
    const std::string name = Printable(item.stream.empty() ? item.where : item.stream);
    if (item.error) {
      const std::string& hint = item.error->hint;
      console.Warn("not imported: " + name + " (" + item.where + "): " + item.error->message +
                   (hint.empty() ? "" : ". " + hint));
      return;
    }
    const BackupSummary& backup = item.imported->backup;
    console.PrintLine((item.imported->was_there ? "already there: " : "imported ") + name + " as " +
                      backup.id + ": " + HumanPlural(backup.messages, "message") + ", " +
                      HumanPlural(backup.consumers, "consumer") + ", " +
                      (backup.exact_cut ? "exact" : "not exact"));
    for (const std::string& warning : item.imported->warnings) {
      console.Warn(name + ": " + warning);
    }
  }

  std::string folder_;
  std::vector<std::string> streams_;
  bool strict_ = false;
};

}  // namespace

std::unique_ptr<Verb> MakeImport() { return std::make_unique<Import>(); }

}  // namespace jetkeep
