// republish: messages of a backup published again, as new ones. undelete: those that the living
// stream lacks.
#include "protocol/base/names.h"
#include "protocol/control/requests.h"
#include "service/cli/backup_source.h"
#include "service/cli/commands/commands.h"
#include "service/cli/follow/run_jobs.h"
#include "service/cli/render/fields.h"
#include "service/cli/selection_flags.h"

namespace jetkeep {
namespace {

// The ranges of sequences that a job is about, in a line.
void ShowSequences(const Document& completed, Console& console) {
  std::string text;
  for (const Document& range : MemberOf(completed, "sequences")) {
    const std::uint64_t first = CountOf(range, "first");
    const std::uint64_t last = CountOf(range, "last");
    text += (text.empty() ? "sequences " : ", ") + std::to_string(first);
    if (last > first) text += "-" + std::to_string(last);
  }
  if (const auto more = CountOf(MemberOf(completed, "truncated"), "sequences"); more > 0) {
    text += " and " + std::to_string(more) + " ranges more";
  }
  if (!text.empty()) console.PrintLine(text);
}

Result<int> RunRepublish(Context& context, const std::string& word, RepublishRequest request,
                         const JobFlags& jobs) {
  JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client,
                 ControlClient::Connect(context.config(), context.addressee));
  JETKEEP_ASSIGN(request.spec.backup,
                 BackupIdFromService(*client, word, BackupWords::kIdsAndStreams));
  const bool show = request.spec.dry_run && !context.console.json();
  const JobOrder order{EndpointId::kRepublish, JobKind::kRepublish, {}, ToDocument(request)};
  return RunJobs(*client, {order}, jobs, context, [&](ControlClient&, const JobRun& run) {
    if (show) ShowSequences(run.last_event(), context.console);
  });
}

class Republish : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.RequiredArgument("ID", backup_,
                           "its id or the beginning, or a stream for its newest backup, or latest");
    selection_.Declare(flags);
    flags.Option("--to", to_, "SUBJECT",
                 "what the subjects begin with instead of --from; without --from it is put in "
                 "front of all of them");
    flags.Option("--from", from_, "SUBJECT", "the first tokens of the subjects that --to replaces");
    flags.Option("--into", into_, "STREAM",
                 "the stream that must store them; it is read first, and what was published again "
                 "before is left out");
    flags.Option("--rate", rate_, "COUNT",
                 "messages a second (default: as fast as they are taken)");
    flags.Flag("--paced", paced_, "with the pauses that the messages' own times have");
    flags.Flag("--keep-msg-id", keep_, "keep the Nats-Msg-Id of messages that have one");
    flags.Flag("--dry-run", dry_run_, "publish nothing, and say what would be");
    jobs_.Declare(flags);
  }
  Status Check(const FlagValues&) const override {
    JETKEEP_TRY(CheckBackupWord(backup_, BackupWords::kIdsAndStreams));
    JETKEEP_TRY(Ask().map([](const RepublishRequest&) {}));
    return jobs_.Check();
  }
  Result<int> Run(Context& context) override {
    JETKEEP_ASSIGN(RepublishRequest request, Ask());
    return RunRepublish(context, backup_, std::move(request), jobs_);
  }

 private:
  Result<RepublishRequest> Ask() const {
    RepublishRequest request;
    RepublishSpec& spec = request.spec;
    JETKEEP_ASSIGN(spec.messages, selection_.Read());
    JETKEEP_ASSIGN(spec.rate, ReadNumber("--rate", rate_));
    spec.from = from_;
    spec.to = to_;
    spec.into = into_;
    spec.paced = paced_;
    spec.keep_message_id = keep_;
    spec.dry_run = dry_run_;
    JETKEEP_TRY(CheckRepublish(spec));
    return request;
  }

  std::string backup_;
  SelectionFlags selection_;
  std::string to_;
  std::string from_;
  std::string into_;
  std::string rate_;
  bool paced_ = false;
  bool keep_ = false;
  bool dry_run_ = false;
  JobFlags jobs_;
};

class Undelete : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.RequiredArgument("STREAM", stream_, "the living stream");
    flags.Option("--backup", backup_, "ID",
                 "its id or the beginning, or a stream for its newest one (default: the newest "
                 "backup of STREAM)");
    selection_.Declare(flags);
    flags.Flag("--dry-run", dry_run_, "say which messages the stream lacks, and publish nothing");
    flags.Flag("--republish", republish_, "publish them again, at the end of the stream");
    flags.Option("--rate", rate_, "COUNT",
                 "messages a second (default: as fast as they are taken)");
    jobs_.Declare(flags);
  }
  Status Check(const FlagValues&) const override {
    JETKEEP_TRY(CheckStreamName(stream_));
    if (dry_run_ == republish_) {
      return Fail(Errc::kUsage, "give one of --dry-run and --republish",
                  "--dry-run says what is missing. --republish publishes it again at the end of "
                  "the stream, with new sequences.");
    }
    if (!backup_.empty()) JETKEEP_TRY(CheckBackupWord(backup_, BackupWords::kIdsAndStreams));
    JETKEEP_TRY(Ask().map([](const RepublishRequest&) {}));
    return jobs_.Check();
  }
  Result<int> Run(Context& context) override {
    JETKEEP_ASSIGN(RepublishRequest request, Ask());
    return RunRepublish(context, backup_.empty() ? stream_ : backup_, std::move(request), jobs_);
  }

 private:
  Result<RepublishRequest> Ask() const {
    RepublishRequest request;
    JETKEEP_ASSIGN(request.spec.messages, selection_.Read());
    JETKEEP_ASSIGN(request.spec.rate, ReadNumber("--rate", rate_));
    request.spec.into = stream_;
    request.spec.missing = true;
    request.spec.dry_run = dry_run_;
    JETKEEP_TRY(CheckRepublish(request.spec));
    return request;
  }

  std::string stream_;
  std::string backup_;
  SelectionFlags selection_;
  bool dry_run_ = false;
  bool republish_ = false;
  std::string rate_;
  JobFlags jobs_;
};

}  // namespace

std::unique_ptr<Verb> MakeRepublish() { return std::make_unique<Republish>(); }
std::unique_ptr<Verb> MakeUndelete() { return std::make_unique<Undelete>(); }

}  // namespace jetkeep
