#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "protocol/control/answers.h"
#include "protocol/control/requests.h"
#include "service/control/endpoints/endpoints.h"
#include "service/control/unknown_job.h"
#include "service/control/worker_answers.h"
#include "service/telemetry/log.h"
#include "service/work/guarded_call.h"

namespace jetkeep {
namespace {

// A document of thousands of jobs takes tens of MiB while it is made.
constexpr std::size_t kMaxJobsListed = 1'000;

void AnswerAll(ControlContext& context, const Request& request) {
  context.captures.WithWarnings([&context, request](const std::vector<std::string>& captured) {
    std::vector<std::string> warnings = captured;
    const std::vector<std::string>& peers = context.peers.warnings();
    warnings.insert(warnings.end(), peers.begin(), peers.end());
    const bool all = context.sees_all && !request->names_account;
    const std::string account = all ? "" : request->account->name;
    const std::vector<JobStatus> first = context.jobs.First(kMaxJobsListed, account);
    const std::span<const JobStatus> jobs(first);
    context.desk.AnswerEncoded(
        request, FitBody(jobs.size(), context.max_body(), request->encoding, [&](auto count) {
          return StatusListAnswer(jobs.first(count), context.subjects, context.jobs.Count(account),
                                  warnings);
        }));
  });
}

bool AnswerIfKnown(ControlContext& context, const Request& request, const std::string& job) {
  const std::optional<JobStatus> known = FindAskedFor(context, *request, job);
  if (!known) return false;
  context.desk.Answer(request, StatusAnswer(*known, context.subjects));
  return true;
}

using Found = Result<std::optional<JobStatus>>;

Found FindInHistory(const ServedAccount& account, const std::string& job) {
  if (account.history == nullptr) return std::optional<JobStatus>();
  return account.history->Find(job, account.name);
}

// A job of an earlier run, of this instance or of another one on the repository.
void AnswerFromHistory(ControlContext& context, const Request& request, const std::string& job) {
  if (!RoomFor(context.workers)) return DisclaimJob(context, request, job);
  context.workers.Run([&context, request, job, account = request->account] {
    Found found = GuardedCall<Found>([&] { return FindInHistory(*account, job); });
    context.loop.Post(context.alive.Guard([&context, request, job, found = std::move(found)] {
      if (found && *found) {
        Document answer = StatusAnswer(**found, context.subjects);
        // A request with this id would be a new job.
        answer["from_history"] = true;
        return context.desk.Answer(request, answer);
      }
      if (!found) {
        log::Warn("the history of jobs cannot be read",
                  {{"job", job}, {"error", found.error().message}});
      }
      DisclaimJob(context, request, job);
    }));
  });
}

}  // namespace

void HandleStatus(ControlContext& context, const Request& request, const Document& body) {
  const Result<StatusRequest> parsed = ParseStatusRequest(body);
  if (!parsed) return context.desk.Refuse(request, parsed.error());
  if (parsed->job.empty()) return AnswerAll(context, request);
  if (AnswerIfKnown(context, request, parsed->job)) return;
  AfterOtherInstances(context, request, [&context, request, job = parsed->job] {
    if (!AnswerIfKnown(context, request, job)) AnswerFromHistory(context, request, job);
  });
}

}  // namespace jetkeep
