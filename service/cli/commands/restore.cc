// restore: a stream from its newest backup, or from the one named; or a set.
#include "protocol/base/names.h"
#include "protocol/control/answers.h"
#include "protocol/control/requests.h"
#include "service/cli/backup_source.h"
#include "service/cli/change_flags.h"
#include "service/cli/commands/commands.h"
#include "service/cli/exit_code.h"
#include "service/cli/follow/run_jobs.h"
#include "service/cli/render/drift_text.h"
#include "service/cli/render/fields.h"
#include "service/cli/render/plan_text.h"
#include "service/cli/render/stream_text.h"
#include "service/cli/selection_flags.h"
#include "service/cli/set_source.h"
#include "service/cli/several_repositories.h"
#include "service/nats/jetstream_client.h"

namespace jetkeep {
namespace {

// What the server says of the stream now.
Result<std::string> DescribeStream(Connection& connection, const Config& config,
                                   const std::string& stream) {
  JetStreamOptions options;
  options.api_prefix = config.account().js_api_prefix;
  options.domain = config.account().js_domain;
  options.request_timeout = config.account().timeout;
  JETKEEP_ASSIGN(const auto server, JetStreamClient::Create(connection, options));
  JETKEEP_ASSIGN(const StreamInfo info, server->GetStream(stream));
  JETKEEP_ASSIGN(const std::vector<ConsumerInfo> consumers, server->Consumers(stream));
  return RenderStream(stream, info, consumers);
}

class Restore : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.Arguments("STREAM", streams_,
                    "restore this stream's newest backup; with --set: only these streams of the "
                    "set, or patterns of them");
    flags.Option(
        "--backup", backup_, "ID",
        "restore this backup: its id or the beginning, or a stream for its newest, or latest");
    flags.Option("--set", set_, "ID",
                 "restore this set: its id or the beginning, or latest, the newest complete one; "
                 "all of its streams, or none");
    flags.Options("--exclude", exclude_, "PATTERN", "with --set: without these streams");
    flags.Flag("--keep-going", keep_going_,
               "with --set: restore what can be restored, and report the rest");
    flags.Option("--parallel", parallel_, "N", "streams of the set at once (default 8)");
    flags.Flag("--allow-older", allow_older_, "take an older backup if the newest cannot be used");
    flags.Flag("--drop-unknown", drop_unknown_,
               "leave out settings that the server's version cannot honour");
    flags.Flag("--skip-refused-consumers", skip_refused_consumers_,
               "restore without the consumers that the server refuses");
    flags.Flag("--update-config", update_config_,
               "bring streams that are there, and their consumers, to the backup's configuration; "
               "messages stay");
    flags.Flag("--allow-removal", allow_removal_,
               "also where new limits remove messages, or leave them out");
    flags.Option(
        "--target", target_, "ACCOUNT",
        "restore into this account of the service's configuration (default: the backup's)");
    flags.Flag("--dry-run", dry_run_,
               "check everything that a restore checks, show its plan and change nothing");
    selection_.Declare(flags, "--exclude-subject");
    flags.Options("--consumer", consumers_, "NAME",
                  "restore this consumer; may be given several times (default: all)");
    flags.Flag("--no-consumers", no_consumers_, "restore no consumer");
    changes_.Declare(flags);
    jobs_.Declare(flags);
  }
  Status Check(const FlagValues&) const override {
    if (dry_run_ && (jobs_.no_wait || !jobs_.job.empty())) {
      return Fail(Errc::kUsage, "--dry-run is no job: it goes without --no-wait and --job");
    }
    if (allow_removal_ && !update_config_ && !changes_.any()) {
      return Fail(
          Errc::kUsage,
          "--allow-removal goes with --update-config, or with flags that change the stream");
    }
    if (update_config_ && changes_.any()) {
      return Fail(Errc::kUsage,
                  "--update-config goes without flags that change the restored stream");
    }
    if (!set_.empty()) return CheckSet();
    if (!exclude_.empty() || keep_going_ || !parallel_.empty()) {
      return Fail(Errc::kUsage, "--exclude, --keep-going and --parallel go with --set");
    }
    if (streams_.empty() == backup_.empty() || streams_.size() > 1) {
      return Fail(Errc::kUsage, "give a stream, --backup or --set, one of them");
    }
    JETKEEP_ASSIGN(const RestorePart part, Part());
    if (update_config_ && !part.messages.all()) {
      return Fail(Errc::kUsage, "--update-config restores no message: choose none");
    }
    JETKEEP_TRY(changes_.Read().and_then(
        [](const RestoreChanges& changes) { return CheckChanges(changes); }));
    if (!streams_.empty()) JETKEEP_TRY(CheckStreamName(streams_.front()));
    if (!backup_.empty()) JETKEEP_TRY(CheckBackupWord(backup_, BackupWords::kIdsAndStreams));
    if (allow_older_ && !backup_.empty()) {
      return Fail(Errc::kUsage, "--allow-older goes with a stream, not with --backup");
    }
    return jobs_.Check();
  }
  Result<int> Run(Context& context) override {
    JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client,
                   ControlClient::Connect(context.config(), context.addressee));
    RestoreRequest request;
    if (set_.empty() && !streams_.empty()) request.stream = streams_.front();
    request.allow_older = allow_older_;
    request.drop_unknown = drop_unknown_;
    request.skip_refused_consumers = skip_refused_consumers_;
    request.update_config = update_config_;
    request.allow_removal = allow_removal_;
    request.target = target_;
    JETKEEP_ASSIGN(request.part, Part());
    JETKEEP_ASSIGN(request.changes, changes_.Read());
    if (!backup_.empty()) JETKEEP_TRY(NameBackup(*client, request));
    if (!set_.empty()) {
      JETKEEP_ASSIGN(request.set, SetIdFromService(*client, set_));
      JETKEEP_ASSIGN(request.parallel, ReadParallel(parallel_));
      request.streams = streams_;
      request.exclude = exclude_;
      request.keep_going = keep_going_;
    }
    if (dry_run_) return ShowPlan(*client, request, context.console);
    if (update_config_) JETKEEP_TRY(ShowChanges(*client, request, context.console));
    // Its events are about the stream that it makes.
    const std::string& made = request.changes.as.empty() ? request.stream : request.changes.as;
    const JobOrder order{EndpointId::kRestore, JobKind::kRestore, made, ToDocument(request)};
    return RunJobs(*client, {order}, jobs_, context, [&](ControlClient& asked, const JobRun& run) {
      // The target's streams are not those of this connection.
      if (context.verbose && set_.empty() && target_.empty()) ShowRestored(asked, run, context);
    });
  }

 private:
  Status CheckSet() const {
    JETKEEP_TRY(CheckSetWord(set_));
    JETKEEP_TRY(CheckPatterns(streams_));
    JETKEEP_TRY(CheckPatterns(exclude_));
    JETKEEP_TRY(ReadParallel(parallel_).map([](std::uint64_t) {}));
    JETKEEP_ASSIGN(const RestorePart part, Part());
    if (!part.all()) {
      return Fail(Errc::kUsage,
                  "a set is restored whole: choose messages and consumers of a stream");
    }
    if (changes_.any()) {
      return Fail(Errc::kUsage,
                  "a set is restored as it was: restore its streams one by one to change them");
    }
    if (!backup_.empty()) return Fail(Errc::kUsage, "give --backup or --set, one of them");
    if (allow_older_) return Fail(Errc::kUsage, "--allow-older goes with a stream, not with --set");
    return jobs_.Check();
  }

  static Result<int> ShowPlan(ControlClient& client, RestoreRequest& request, Console& console) {
    request.dry_run = true;
    AskForRepositories(client, console);
    // The service reads the whole backup first.
    const Result<Document> plan = client.CallWatched(EndpointId::kRestore, ToDocument(request));
    client.NoteAnswerer(console);
    WarnOfSeveralRepositories(client, console);
    if (!plan) return Fail(plan.error());
    if (console.json()) {
      console.PrintJson(*plan);
    } else {
      console.Print(request.set.empty() ? RenderPlan(*plan) : RenderSetPlan(*plan));
    }
    // The others would be restored.
    if (FlagOf(*plan, "possible") && CountOf(*plan, "refused") > 0) return kExitPartly;
    for (const Document& stream : MemberOf(*plan, "streams")) {
      if (stream.contains("error")) return ExitCodeOf(ErrorFromDocument(stream["error"]));
    }
    const Document& refusals = MemberOf(*plan, "refusals");
    if (refusals.empty()) return kExitOk;
    return ExitCodeOf(ErrorFromDocument(refusals.front()));
  }

  // Before anything is changed. With --json the result has the same.
  Status ShowChanges(ControlClient& client, RestoreRequest request, Console& console) const {
    if (console.json() || jobs_.quiet) return {};
    request.dry_run = true;
    JETKEEP_ASSIGN(const Document plan,
                   client.CallWatched(EndpointId::kRestore, ToDocument(request)));
    const std::string changes = RenderChanges(plan);
    console.Print(changes.empty() ? "nothing differs\n" : changes);
    const Document& refusals = MemberOf(plan, "refusals");
    if (!refusals.empty()) return Fail(ErrorFromDocument(refusals.front()));
    return {};
  }

  Result<RestorePart> Part() const {
    if (no_consumers_ && !consumers_.empty()) {
      return Fail(Errc::kUsage, "give --consumer or --no-consumers, not both");
    }
    RestorePart part;
    JETKEEP_ASSIGN(part.messages, selection_.Read());
    if (no_consumers_ || !consumers_.empty()) part.consumers = consumers_;
    return part;
  }

  // A stream's newest backup is the service's to choose: it takes no damaged one.
  Status NameBackup(ControlClient& client, RestoreRequest& request) const {
    request.backup = backup_;
    if (IsWholeBackupId(backup_)) return {};
    constexpr BackupWords kWords = BackupWords::kIdsAndStreams;
    JETKEEP_ASSIGN(const Document list, ListFromService(client, OnlyStreamMeant(backup_, kWords)));
    JETKEEP_ASSIGN(const Document backup, ChooseBackup(list, backup_, kWords));
    request.backup = TextOf(backup, "id");
    if (request.backup.starts_with(backup_)) return {};
    request.backup.clear();
    request.stream = TextOf(backup, "stream");
    return {};
  }

  static void ShowRestored(ControlClient& client, const JobRun& run, Context& context) {
    const auto text = DescribeStream(client.connection(), context.config(), run.stream());
    if (text) {
      if (!context.console.json()) context.console.Print(*text);
    } else {
      context.console.Warn("the restored stream cannot be shown: " + text.error().message);
    }
  }

  std::vector<std::string> streams_;
  std::string backup_;
  std::string set_;
  std::vector<std::string> exclude_;
  bool keep_going_ = false;
  std::string parallel_;
  bool allow_older_ = false;
  bool drop_unknown_ = false;
  bool skip_refused_consumers_ = false;
  bool update_config_ = false;
  bool allow_removal_ = false;
  bool dry_run_ = false;
  std::string target_;
  SelectionFlags selection_;
  ChangeFlags changes_;
  std::vector<std::string> consumers_;
  bool no_consumers_ = false;
  JobFlags jobs_;
};

}  // namespace

std::unique_ptr<Verb> MakeRestore() { return std::make_unique<Restore>(); }

}  // namespace jetkeep
