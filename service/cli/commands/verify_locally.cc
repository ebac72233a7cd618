// verify --repository DIR: reads the files itself.
#include <chrono>

#include "protocol/control/events.h"
#include "service/cli/exit_code.h"
#include "service/cli/follow/job_run.h"
#include "service/cli/local_repository.h"
#include "service/cli/render/progress.h"
#include "service/cli/verbs.h"

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

}  // namespace

Result<int> VerifyLocally(const Invocation& invocation, const Config& config, Console& console) {
  const auto style = console.json()            ? ProgressView::Style::kNone
                     : console.OutIsTerminal() ? ProgressView::Style::kBar
                                               : ProgressView::Style::kPlain;
  ProgressView view(
      style, [&](const std::string& text) { console.Print(text); },
      [&] { return console.Width(); });
  ShowingObserver observer(view);
  VerifySpec spec;
  spec.backup = invocation.backup;
  spec.stream = invocation.stream;
  JETKEEP_ASSIGN(const VerifyReport report,
                 VerifyRepository(config, spec, observer, CancelToken()));
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

}  // namespace jetkeep
