// export: backups as files that the nats command line restores, or into the data directory of a
// stopped server, by this process.
#include "protocol/base/names.h"
#include "protocol/control/answers.h"
#include "protocol/control/backup_document.h"
#include "protocol/js_api/server_version.h"
#include "service/cli/backup_source.h"
#include "service/cli/commands/commands.h"
#include "service/cli/exit_code.h"
#include "service/cli/render/human.h"
#include "service/cli/set_source.h"
#include "service/cli/store_export.h"
#include "service/engine/transfer/export_backup.h"
#include "service/setup/opened_repository.h"

namespace jetkeep {
namespace {

std::string FormatName(ArchiveFormat format) {
  return format == ArchiveFormat::kV2Natsarc ? "v2" : "v1";
}

Document ToDocument(const StreamExport& item) {
  Document document = {{"stream", item.stream}};
  if (item.error) {
    document["error"] = ToDocument(*item.error);
    return document;
  }
  document["path"] = item.exported->path;
  document["backup"] = ToDocument(item.exported->backup);
  document["format"] = FormatName(item.exported->format);
  document["data_bytes"] = item.exported->data_bytes;
  document["warnings"] = item.exported->warnings;
  return document;
}

class Export : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.Argument("ID", first_,
                   "backup or set: its id or the beginning, or a stream for its newest backup, or "
                   "latest; "
                   "with --all or --stream the directory to make");
    flags.Argument("DIR", second_, "the directory to make");
    flags.Flag("--all", all_, "the newest good backup of each stream, a directory each");
    flags.Options("--stream", streams_, "STREAM",
                  "the newest good backup of this stream, in a directory of its own; may be given "
                  "several times");
    flags.Option("--format", format_, "FORMAT",
                 "v1 (every server restores it), v2 (servers from 2.15), or auto: what the server "
                 "of --server-version restores, else the one that was backed up (default auto)");
    flags.Option("--server-version", server_version_, "VERSION",
                 "version of the server that will restore it");
    flags.Option("--store-dir", store_.store.directory, "DIR",
                 "write into the data directory of a server that does not run (its store_dir), "
                 "instead of a directory for the nats command line");
    flags.Option("--store-account", store_.store.account, "NAME",
                 "the account's folder in it (default: the only one, or $G where there is none)");
    flags.Flag("--server-stopped", store_.store.server_stopped,
               "no server uses it: Jetkeep cannot see all that might");
    flags.Flag("--drop-unknown", store_.spec.drop_unknown,
               "leave out what a server of --server-version cannot honour");
    flags.Flag("--skip-refused-consumers", store_.spec.skip_refused_consumers,
               "leave out consumers that it refuses");
    flags.Settings(SettingGroup::kRepository, "Repository");
  }
  Status Check(const FlagValues&) const override {
    if (all_ && !streams_.empty()) return Fail(Errc::kUsage, "give --all or --stream, not both");
    JETKEEP_TRY(IntoStore() ? CheckStore() : CheckFolder());
    if (OfSet()) {
      JETKEEP_TRY(CheckSetWord(first_));
      if (IntoStore()) {
        return Fail(Errc::kUsage, "--store-dir takes no set",
                    "Give --all, --stream, or the id of a backup.");
      }
    } else if (!Several()) {
      JETKEEP_TRY(CheckBackupWord(first_, BackupWords::kIdsAndStreams));
    }
    for (const std::string& stream : streams_) JETKEEP_TRY(CheckStreamName(stream));
    if (!server_version_.empty() && !ParseServerVersion(server_version_)) {
      return Fail(Errc::kUsage, "--server-version is " + server_version_,
                  "Give a version as the server tells it, for example 2.10.27.");
    }
    return {};
  }
  Status CheckFolder() const {
    const StoppedStoreSpec& store = store_.store;
    if (!store.account.empty() || store.server_stopped || store_.spec.drop_unknown ||
        store_.spec.skip_refused_consumers) {
      return Fail(Errc::kUsage,
                  "--store-account, --server-stopped, --drop-unknown and --skip-refused-consumers "
                  "go with --store-dir");
    }
    if (first_.empty() || Several() != second_.empty()) {
      return Fail(Errc::kUsage, Several() ? "give the directory to make, and nothing else"
                                          : "give a backup and the directory to make");
    }
    if (format_ != "auto" && format_ != "v1" && format_ != "v2") {
      return Fail(Errc::kUsage, "--format is " + format_, "Give auto, v1 or v2.");
    }
    return {};
  }
  Status CheckStore() const {
    if (Several() != first_.empty() || !second_.empty()) {
      return Fail(Errc::kUsage, Several() ? "--store-dir is the directory: give no other"
                                          : "give a backup and --store-dir, and nothing else");
    }
    if (format_ != "auto") return Fail(Errc::kUsage, "--format does not go with --store-dir");
    if (server_version_.empty()) {
      return Fail(Errc::kUsage, "--store-dir needs --server-version",
                  "Give the version of the server that will start on it: their files differ.");
    }
    return {};
  }
  Result<int> Run(Context& context) override {
    const auto version = ParseServerVersion(server_version_);
    if (version && !IsKnownVersion(*version)) {
      context.console.Warn("Jetkeep knows servers from 2.9 to " + Text(kNewestKnownServer) +
                           ": whether one of version " + Text(*version) +
                           " reads what is written is not known");
    }
    if (IntoStore()) {
      store_.backup = first_;
      store_.streams = streams_;
      store_.spec.server_version = server_version_;
      return RunStoreExport(context, store_);
    }
    JETKEEP_ASSIGN(const auto opened, OpenForReading(context.config(), AccountGiven(context)));
    ExportSpec spec;
    if (format_ == "v1") spec.format = ExportFormat::kV1;
    if (format_ == "v2") spec.format = ExportFormat::kV2;
    spec.server_version = server_version_;
    spec.scratch_directory = context.config().scratch_dir;
    std::vector<StreamExport> exports;
    if (Several()) {
      JETKEEP_ASSIGN(exports,
                     ExportStreams(*opened->repository, streams_, Folder(), spec, CancelToken()));
    } else if (OfSet()) {
      JETKEEP_ASSIGN(const std::string id, SetIdFromRepository(context, first_));
      JETKEEP_ASSIGN(exports, ExportSet(*opened->repository, id, Folder(), spec, CancelToken()));
    } else {
      JETKEEP_ASSIGN(const std::string id, BackupIdFromRepository(context, first_));
      JETKEEP_ASSIGN(ExportedBackup exported,
                     ExportBackup(*opened->repository, id, Folder(), spec, CancelToken()));
      const std::string stream = exported.backup.stream;
      exports.push_back({stream, std::move(exported), {}});
    }
    Print(exports, context.console);
    std::vector<std::optional<Error>> outcomes;
    outcomes.reserve(exports.size());
    for (const StreamExport& item : exports) outcomes.push_back(item.error);
    return ExitCodeOf(outcomes);
  }

 private:
  bool IntoStore() const { return !store_.store.directory.empty(); }
  bool Several() const { return all_ || !streams_.empty(); }
  bool OfSet() const { return !Several() && MeansSet(first_); }
  const std::string& Folder() const { return Several() ? first_ : second_; }

  void Print(const std::vector<StreamExport>& exports, Console& console) const {
    if (console.json()) {
      Document streams = Document::array();
      for (const StreamExport& item : exports) streams.push_back(ToDocument(item));
      console.PrintJson({{"directory", Folder()}, {"streams", std::move(streams)}});
      return;
    }
    for (const StreamExport& item : exports) {
      const std::string name = Printable(item.stream);
      if (item.error) {
        const std::string& hint = item.error->hint;
        console.Warn("not exported: " + name + ": " + item.error->message +
                     (hint.empty() ? "" : ". " + hint));
        continue;
      }
      const ExportedBackup& exported = *item.exported;
      console.PrintLine("exported " + name + " (backup " + exported.backup.id + ") as " +
                        FormatName(exported.format) + ": " +
                        HumanPlural(exported.backup.messages, "message") + ", " +
                        HumanSize(exported.data_bytes));
      for (const std::string& warning : exported.warnings) {
        console.Warn(name + ": " + warning);
      }
    }
  }

  std::string first_;
  std::string second_;
  bool all_ = false;
  std::vector<std::string> streams_;
  std::string format_ = "auto";
  std::string server_version_;
  StoreExportRequest store_;
};

}  // namespace

std::unique_ptr<Verb> MakeExport() { return std::make_unique<Export>(); }

}  // namespace jetkeep
