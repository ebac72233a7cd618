#include "service/cli/job_choice.h"

#include <algorithm>
#include <utility>

#include "jetkeep/job.h"
#include "service/cli/render/fields.h"

namespace jetkeep {

Document MergeStatus(const std::vector<Document>& answers) {
  std::uint64_t total = 0;
  Document jobs = Document::array();
  Document warnings = Document::array();
  for (const Document& answer : answers) {
    total += CountOf(answer, "total");
    for (const Document& job : MemberOf(answer, "jobs")) jobs.push_back(job);
    for (const Document& warning : MemberOf(answer, "warnings")) {
      const bool known = std::find(warnings.begin(), warnings.end(), warning) != warnings.end();
      if (!known) warnings.push_back(warning);
    }
  }
  return {{"total", total}, {"jobs", std::move(jobs)}, {"warnings", std::move(warnings)}};
}

namespace {

std::string Named(const Document& job) {
  const std::string account = TextOf(job, "account");
  return TextOf(job, "job") + (account.empty() ? "" : " (account " + account + ")");
}

}  // namespace

Result<Document> ChooseJob(const Document& list, std::string_view word) {
  const Document& jobs = MemberOf(list, "jobs");
  Document found;
  for (const Document& job : jobs) {
    if (!TextOf(job, "job").starts_with(word)) continue;
    if (TextOf(job, "job") == TextOf(found, "job") &&
        TextOf(job, "account") == TextOf(found, "account")) {
      continue;
    }
    if (!found.empty()) {
      return Fail(
          Errc::kUsage,
          "several jobs begin with " + std::string(word) + ": " + Named(found) + ", " + Named(job),
          "Give more of the id, or --account; `jetkeep status` shows all.");
    }
    found = job;
  }
  if (found.empty()) {
    return Fail(Errc::kJobNotFound, "no service knows job " + std::string(word),
                "`jetkeep status` shows the jobs that are queued, running or ended lately.");
  }
  if (CountOf(list, "total") > jobs.size()) {
    return Fail(Errc::kUsage,
                "cannot tell which job " + std::string(word) +
                    " means: the service has more jobs than one answer holds",
                "Give the whole id, such as " + TextOf(found, "job") + ".");
  }
  return found;
}

Result<Document> CallAboutJob(ControlClient& client, EndpointId endpoint, const std::string& word) {
  auto answer = client.Call(endpoint, Document{{"job", word}});
  if (answer || answer.error().code != Errc::kJobNotFound) return answer;
  JETKEEP_ASSIGN(const std::vector<Document> all,
                 client.CallAll(EndpointId::kStatus, Document::object()));
  JETKEEP_ASSIGN(const Document job, ChooseJob(MergeStatus(all), word));
  answer = client.Call(endpoint, Document{{"job", TextOf(job, "job")}});
  if (answer || answer.error().code != Errc::kJobNotFound) return answer;
  Error error = std::move(answer).error();
  error.message = "job " + Named(job) + " is not one of this connection's own account";
  error.hint = "Name the account: --account " + TextOf(job, "account") + ".";
  return Fail(std::move(error));
}

bool IsRunningOrQueued(const Document& job) {
  const std::string state = TextOf(job, "state");
  return state == NameOf(JobState::kQueued) || state == NameOf(JobState::kRunning);
}

}  // namespace jetkeep
