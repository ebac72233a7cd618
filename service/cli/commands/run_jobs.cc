// backup, restore and verify as clients of the service.
#include <optional>
#include <utility>
#include <vector>

#include "protocol/control/answers.h"
#include "protocol/control/requests.h"
#include "service/cli/control_client.h"
#include "service/cli/exit_code.h"
#include "service/cli/follow/interrupts.h"
#include "service/cli/follow/job_follower.h"
#include "service/cli/render/fields.h"
#include "service/cli/verbs.h"
#include "service/work/ids.h"

namespace jetkeep {
namespace {

struct Order {
  EndpointId endpoint = EndpointId::kBackup;
  JobKind kind = JobKind::kBackup;
  std::string stream;  // as far as it is known
  Document request;
};

std::vector<Order> OrdersOf(const Invocation& invocation) {
  std::vector<Order> orders;
  switch (invocation.verb) {
    case Verb::kRestore: {
      RestoreRequest request;
      request.backup = invocation.backup;
      request.stream = invocation.stream;
      request.allow_older = invocation.allow_older;
      request.drop_unknown = invocation.drop_unknown;
      request.skip_refused_consumers = invocation.skip_refused_consumers;
      orders.push_back(
          {EndpointId::kRestore, JobKind::kRestore, invocation.stream, ToDocument(request)});
      break;
    }
    case Verb::kVerify: {
      VerifyRequest request;
      request.backup = invocation.backup;
      request.stream = invocation.stream;
      request.drill = invocation.drill;
      orders.push_back(
          {EndpointId::kVerify, JobKind::kVerify, invocation.stream, ToDocument(request)});
      break;
    }
    default:
      for (const std::string& stream : invocation.streams) {
        BackupRequest request;
        request.stream = stream;
        request.accept_damaged = invocation.accept_damaged;
        orders.push_back({EndpointId::kBackup, JobKind::kBackup, stream, ToDocument(request)});
      }
  }
  return orders;
}

Result<int> StartOnly(const std::vector<Order>& orders, const Invocation& invocation,
                      ControlClient& client, Console& console) {
  std::vector<std::optional<Error>> outcomes;
  Document jobs = Document::array();
  for (const Order& order : orders) {
    Document request = order.request;
    request["job"] = invocation.job.empty() ? RandomToken(kJobIdLength) : invocation.job;
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
  console.PrintLine("not checked, because nobody tells: " + line);
}

void PrintOutcome(const JobRun& run, bool several, Console& console) {
  if (run.error()) {
    Error error = *run.error();
    console.PrintError(several ? std::move(error).Within(run.label()) : std::move(error));
    return;
  }
  console.PrintLine(DescribeResult(run.kind(), run.last_event()));
  PrintUnchecked(MemberOf(run.last_event(), "unchecked"), console);
  PrintLines(MemberOf(run.last_event(), "warnings"), "", console);
  PrintLines(MemberOf(run.last_event(), "findings"), "", console);
}

Document OutcomeDocument(const JobRun& run) {
  if (!run.error()) return run.last_event();
  return Document{
      {"job", run.job()}, {"stream", run.stream()}, {"error", ToDocument(*run.error())}};
}

}  // namespace

Result<int> RunJobs(const Invocation& invocation, const Config& config, Console& console) {
  const std::vector<Order> orders = OrdersOf(invocation);
  JETKEEP_ASSIGN(const std::unique_ptr<ControlClient> client, ControlClient::Connect(config));
  if (invocation.no_wait) return StartOnly(orders, invocation, *client, console);

  const auto style = console.json()            ? ProgressView::Style::kNone
                     : console.OutIsTerminal() ? ProgressView::Style::kBar
                                               : ProgressView::Style::kPlain;
  ProgressView view(
      style, [&](const std::string& text) { console.Print(text); },
      [&] { return console.Width(); });
  const InterruptCounter interrupts;
  JobFollower follower(*client, view, [&] { return interrupts.count(); });
  std::vector<JobRun*> runs;
  runs.reserve(orders.size());
  for (const Order& order : orders) {
    runs.push_back(
        &follower.Start(order.endpoint, order.kind, order.stream, invocation.job, order.request));
  }
  follower.FollowAll();

  const bool several = runs.size() > 1;
  if (!several && runs[0]->error() && !follower.cancelled()) return Fail(*runs[0]->error());
  std::vector<std::optional<Error>> outcomes;
  Document jobs = Document::array();
  for (const JobRun* run : runs) {
    outcomes.push_back(FindingsOf(*run));
    if (console.json()) {
      jobs.push_back(OutcomeDocument(*run));
    } else {
      PrintOutcome(*run, several, console);
    }
  }
  if (console.json()) console.PrintJson(several ? Document{{"jobs", jobs}} : jobs.front());
  const int code = ExitCodeOf(outcomes);
  return follower.cancelled() && code != kExitOk ? kExitInterrupted : code;
}

}  // namespace jetkeep
