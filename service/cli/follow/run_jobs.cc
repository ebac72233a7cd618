#include "service/cli/follow/run_jobs.h"

#include <chrono>
#include <optional>
#include <utility>

#include "protocol/base/names.h"
#include "protocol/control/answers.h"
#include "service/cli/exit_code.h"
#include "service/cli/follow/interrupts.h"
#include "service/cli/follow/job_follower.h"
#include "service/cli/follow/job_summary.h"
#include "service/cli/render/fields.h"
#include "service/cli/render/progress.h"
#include "service/cli/several_repositories.h"
#include "service/work/ids.h"

namespace jetkeep {
namespace {

Result<int> StartOnly(const std::vector<JobOrder>& orders, const JobFlags& flags,
                      ControlClient& client, Console& console) {
  std::vector<std::optional<Error>> outcomes;
  Document jobs = Document::array();
  for (const JobOrder& order : orders) {
    Document request = order.request;
    request["job"] = flags.job.empty() ? RandomToken(kJobIdLength) : flags.job;
    auto answer = client.Call(order.endpoint, request);
    if (!answer && orders.size() == 1) return Fail(std::move(answer).error());
    outcomes.push_back(answer ? std::nullopt : std::optional(answer.error()));
    if (console.json()) {
      jobs.push_back(
          answer ? *answer
                 : Document{{"stream", order.stream}, {"error", ToDocument(answer.error())}});
    } else if (answer) {
      console.PrintLine(TextOf(*answer, "job"));
    } else {
      console.PrintError(std::move(answer.error()).Within(order.stream));
    }
  }
  if (console.json()) {
    console.PrintJson(orders.size() == 1 ? jobs.front() : Document{{"jobs", jobs}});
  }
  return ExitCodeOf(outcomes);
}

// Findings make a verify fail although its job completed.
std::optional<Error> FindingsOf(const JobRun& run) {
  if (run.error() || run.kind() != JobKind::kVerify) return run.error();
  const std::uint64_t damaged = CountOf(run.last_event(), "damaged");
  if (damaged == 0) return std::nullopt;
  return Error{Errc::kRepositoryCorrupt,
               std::to_string(damaged) + " of " +
                   std::to_string(CountOf(run.last_event(), "backups")) + " backups are damaged",
               ""};
}

void PrintLines(const Document& lines, const std::string& prefix, Console& console) {
  if (!lines.is_array()) return;
  for (const Document& line : lines) {
    if (line.is_string()) console.Warn(prefix + line.get<std::string>());
  }
}

void PrintUnchecked(const Document& unchecked, Console& console) {
  if (!unchecked.is_array() || unchecked.empty()) return;
  std::string line;
  for (const Document& one : unchecked) {
    if (one.is_string()) line += (line.empty() ? "" : ", ") + one.get<std::string>();
  }
  console.PrintLine("not checked, because the server does not report it: " + line);
}

// A set of which some streams failed: what was done, and each stream that failed.
bool IsPartial(const JobRun& run) {
  return run.error() && run.error()->code == Errc::kPartial &&
         run.last_event().contains("set_result");
}

void PrintPartial(const JobRun& run, Console& console) {
  console.PrintLine(DescribeSetResult(run.kind(), run.last_event()));
  for (const Document& failure : MemberOf(MemberOf(run.last_event(), "set_result"), "failures")) {
    const Error error = ErrorFromDocument(MemberOf(failure, "error"));
    console.Warn("stream " + TextOf(failure, "stream") + ": " + error.message + " (" +
                 std::to_string(TraitsOf(error.code).err_code) + ")");
  }
  console.PrintError(*run.error());
}

// One of several says whose it is.
void PrintOutcome(const JobRun& run, bool several, bool quiet, Console& console) {
  if (IsPartial(run)) return PrintPartial(run, console);
  if (run.error()) {
    Error error = *run.error();
    console.PrintError(several ? std::move(error).Within(run.label()) : std::move(error));
    return;
  }
  if (!several || !quiet) console.PrintLine(DescribeResult(run.kind(), run.last_event()));
  if (!several || !quiet) PrintUnchecked(MemberOf(run.last_event(), "unchecked"), console);
  const std::string whose = several ? run.label() + ": " : "";
  PrintLines(MemberOf(run.last_event(), "warnings"), whose, console);
  PrintLines(MemberOf(run.last_event(), "findings"), whose, console);
}

Document OutcomeDocument(const JobRun& run) {
  if (!run.error() || IsPartial(run)) return run.last_event();
  return Document{
      {"job", run.job()}, {"stream", run.stream()}, {"error", ToDocument(*run.error())}};
}

Result<int> Follow(ControlClient& client, const std::vector<JobOrder>& orders,
                   const JobFlags& flags, Console& console, const OnCompleted& completed) {
  const auto started = std::chrono::steady_clock::now();
  ProgressView view = ProgressViewOf(console, flags.no_progress, flags.quiet);
  const InterruptCounter interrupts;
  JobFollower follower(client, view, [&] { return interrupts.count(); });
  std::vector<JobRun*> runs;
  runs.reserve(orders.size());
  for (const JobOrder& order : orders) {
    runs.push_back(
        &follower.Start(order.endpoint, order.kind, order.stream, flags.job, order.request));
  }
  follower.FollowAll();

  const bool several = runs.size() > 1;
  if (!several && runs[0]->error() && !follower.cancelled() && !IsPartial(*runs[0])) {
    return Fail(*runs[0]->error());
  }
  std::vector<std::optional<Error>> outcomes;
  Document jobs = Document::array();
  JobSummary summary;
  for (const JobRun* run : runs) {
    outcomes.push_back(FindingsOf(*run));
    summary.Add(*run);
    if (console.json()) {
      jobs.push_back(OutcomeDocument(*run));
    } else {
      PrintOutcome(*run, several, flags.quiet, console);
    }
    if (completed && !run->error()) completed(client, *run);
  }
  if (console.json()) {
    console.PrintJson(several ? Document{{"jobs", jobs}} : jobs.front());
  } else if (several) {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
    console.PrintLine(summary.Text(took.count()));
  }
  const int code = ExitCodeOf(outcomes);
  return follower.cancelled() && code != kExitOk ? kExitInterrupted : code;
}

}  // namespace

void JobFlags::DeclareShown(Flags& flags) {
  flags.Flag("--no-progress", no_progress, "show no progress");
  flags.Flag("-q,--quiet", quiet, "print one line about the result, and warnings and errors");
}

void JobFlags::Declare(Flags& flags) {
  flags.Flag("--no-wait", no_wait, "print the job's id and exit; the job goes on");
  flags.Option("--job", job, "ID", "your own id for the job; the same id twice is one job");
  DeclareShown(flags);
}

Status JobFlags::Check() const { return job.empty() ? Status() : CheckJobId(job); }

Result<int> RunJobs(ControlClient& client, const std::vector<JobOrder>& orders,
                    const JobFlags& flags, Context& context, const OnCompleted& completed) {
  AskForRepositories(client, context.console);
  Result<int> code = flags.no_wait ? StartOnly(orders, flags, client, context.console)
                                   : Follow(client, orders, flags, context.console, completed);
  client.NoteAnswerer(context.console);
  WarnOfSeveralRepositories(client, context.console);
  return code;
}

}  // namespace jetkeep
