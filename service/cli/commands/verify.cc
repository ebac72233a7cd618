// verify: by the service as a job, or of a directory by this process.
#include <chrono>

#include "protocol/base/names.h"
#include "protocol/control/events.h"
#include "protocol/control/requests.h"
#include "service/cli/backup_source.h"
#include "service/cli/commands/commands.h"
#include "service/cli/exit_code.h"
#include "service/cli/follow/run_jobs.h"
#include "service/cli/local_repository.h"
#include "service/cli/render/progress.h"
#include "service/cli/set_source.h"

namespace jetkeep {
namespace {

class ShowingObserver : public JobObserver {
 public:
  explicit ShowingObserver(ProgressView& view) : view_(view) {}
  void OnStarted(const std::string&, const std::string&) override {}
  void OnRetry(int, const Error&, std::int64_t) override {}
  void OnProgress(const JobProgress& progress) override {
    const auto now = ProgressView::Clock::now();
    if (now - last_ < std::chrono::milliseconds(50)) return;
    last_ = now;
    ShownProgress shown;
    shown.label = "verify";
    shown.messages_done = progress.messages_done;
    shown.messages_expected = progress.messages_expected;
    shown.bytes_done = progress.bytes_done;
    const double seconds = std::chrono::duration<double>(now - started_).count();
    if (seconds > 0) shown.bytes_per_second = static_cast<double>(progress.bytes_done) / seconds;
    if (progress.bytes_expected > 0) {
      shown.percent = 100 * static_cast<double>(progress.bytes_done) /
                      static_cast<double>(progress.bytes_expected);
    }
    view_.Update(shown, now);
  }

 private:
  ProgressView& view_;
  ProgressView::Clock::time_point started_ = ProgressView::Clock::now();
  ProgressView::Clock::time_point last_{};
};

class Verify : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.Argument("ID", backup_,
                   "backup: its id or the beginning, or a stream for its newest one, or latest; or "
                   "a set: its id or the beginning, with set- in front (default: all backups)");
    flags.Option("--stream", stream_, "STREAM", "all backups of this stream");
    flags.Flag("--drill", drill_, "also restore into a scratch stream, compare and remove it");
    jobs_.Declare(flags);
    DeclareDirectReading(flags);
  }
  Status Check(const FlagValues& given) const override {
    if (!backup_.empty() && !stream_.empty()) {
      return Fail(Errc::kUsage, "give a backup or --stream, not both");
    }
    if (drill_ && ReadsRepository(given)) {
      return Fail(Errc::kUsage, "--drill needs a service and cannot be used with --repository");
    }
    if (MeansSet(backup_)) {
      JETKEEP_TRY(CheckSetWord(backup_));
    } else if (!backup_.empty()) {
      JETKEEP_TRY(CheckBackupWord(backup_, BackupWords::kIdsAndStreams));
    }
    if (!stream_.empty()) JETKEEP_TRY(CheckStreamName(stream_));
    return jobs_.Check();
  }
  Result<int> Run(Context& context) override {
    if (ReadsRepository(context.given)) return ReadDirectory(context);
    JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client,
                   ControlClient::Connect(context.config(), context.addressee));
    VerifyRequest request;
    request.stream = stream_;
    request.drill = drill_;
    if (MeansSet(backup_)) {
      JETKEEP_ASSIGN(request.set, SetIdFromService(*client, backup_));
    } else if (!backup_.empty()) {
      JETKEEP_ASSIGN(request.backup,
                     BackupIdFromService(*client, backup_, BackupWords::kIdsAndStreams));
    }
    const JobOrder order{EndpointId::kVerify, JobKind::kVerify, stream_, ToDocument(request)};
    return RunJobs(*client, {order}, jobs_, context);
  }

 private:
  Result<int> ReadDirectory(Context& context) const {
    Console& console = context.console;
    ProgressView view = ProgressViewOf(console, jobs_.no_progress, jobs_.quiet);
    ShowingObserver observer(view);
    VerifySpec spec;
    spec.stream = stream_;
    if (MeansSet(backup_)) {
      JETKEEP_ASSIGN(spec.set, SetIdFromRepository(context, backup_));
    } else if (!backup_.empty()) {
      JETKEEP_ASSIGN(spec.backup, BackupIdFromRepository(context, backup_));
    }
    JETKEEP_ASSIGN(const VerifyReport report,
                   VerifyRepository(context.config(), spec, observer, CancelToken()));
    view.Finish();
    EventFrame frame;
    frame.work = JobKind::kVerify;
    frame.kind = EventKind::kCompleted;
    Document event = CompletedEvent(frame, report);
    // There is no job and no event: what is left are the results.
    for (const char* field : {"type", "id", "time", "job", "account", "stream"}) event.erase(field);
    if (console.json()) {
      console.PrintJson(event);
    } else {
      console.PrintLine(DescribeResult(JobKind::kVerify, event));
      for (const std::string& warning : report.warnings) console.Warn(warning);
      for (const std::string& finding : report.findings) console.Warn(finding);
    }
    return report.damaged == 0 ? kExitOk : TraitsOf(Errc::kRepositoryCorrupt).exit_code;
  }

  std::string backup_;
  std::string stream_;
  bool drill_ = false;
  JobFlags jobs_;
};

}  // namespace

std::unique_ptr<Verb> MakeVerify() { return std::make_unique<Verify>(); }

}  // namespace jetkeep
