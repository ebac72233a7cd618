#include "service/jobs/job_table.h"

#include <algorithm>
#include <utility>

namespace jetkeep {
namespace {

std::size_t BytesOf(const std::vector<std::string>& lines) {
  std::size_t bytes = 0;
  for (const std::string& line : lines) bytes += sizeof(std::string) + line.size();
  return bytes;
}

std::size_t BytesOf(const JobReport& report) {
  return std::visit(
      [](const auto& done) {
        std::size_t bytes = sizeof(done) + BytesOf(done.warnings);
        if constexpr (requires { done.findings; }) bytes += BytesOf(done.findings);
        if constexpr (requires { done.failures; }) {
          for (const MemberFailure& failure : done.failures) {
            bytes += sizeof(failure) + failure.error.message.size() + failure.error.hint.size();
          }
        }
        return bytes;
      },
      report);
}

// What an ended job keeps that may be long.
std::size_t BytesOf(const Job& job) {
  return (job.report ? BytesOf(*job.report) : std::size_t{0}) +
         (job.error ? job.error->message.size() + job.error->hint.size() : std::size_t{0});
}

}  // namespace

Job* JobTable::Find(const std::string& id, const std::string& account) {
  const auto [begin, end] = jobs_.equal_range(id);
  const auto found = std::find_if(begin, end, [&](const auto& one) {
    return account.empty() || AccountOf(one.second->spec) == account;
  });
  return found == end ? nullptr : found->second.get();
}

Result<Job*> JobTable::Add(Job job) {
  if (queued_.size() >= limits_.queued) {
    return Fail(Errc::kTooManyJobs, std::to_string(queued_.size()) + " jobs are waiting already",
                "Ask again when some of them have ended.");
  }
  std::string id = job.id;
  auto owned = std::make_unique<Job>(std::move(job));
  Job* added = owned.get();
  jobs_.emplace(std::move(id), std::move(owned));
  queued_.push_back(added);
  return added;
}

bool JobTable::StreamIsBusy(const Job& other) const {
  return std::any_of(running_.begin(), running_.end(), [&](const Job* job) {
    return job->stream == other.stream && PlaceOf(job->spec) == PlaceOf(other.spec);
  });
}

std::vector<Job*> JobTable::StartNext() {
  std::vector<Job*> started;
  for (auto next = queued_.begin(); next != queued_.end() && running_.size() < limits_.running;) {
    Job* job = *next;
    if (StreamIsBusy(*job)) {
      ++next;
      continue;
    }
    next = queued_.erase(next);
    job->state = JobState::kRunning;
    running_.push_back(job);
    started.push_back(job);
  }
  return started;
}

void JobTable::End(Job& job, JobState state) {
  if (job.state == JobState::kQueued) queued_.remove(&job);
  std::erase(running_, &job);
  job.state = state;
  ended_.push_back(&job);
  ended_bytes_ += BytesOf(job);
  // The newest always stays: the caller still uses it.
  while (ended_.size() > 1 &&
         (ended_.size() > limits_.ended || ended_bytes_ > limits_.ended_bytes)) {
    const Job* oldest = ended_.front();
    ended_bytes_ -= BytesOf(*oldest);
    ended_.pop_front();
    const auto [begin, end] = jobs_.equal_range(oldest->id);
    jobs_.erase(
        std::find_if(begin, end, [&](const auto& one) { return one.second.get() == oldest; }));
  }
}

std::uint64_t JobTable::PositionOf(const Job& job) const {
  std::uint64_t position = 0;
  for (const Job* other : queued_) {
    if (other == &job) break;
    ++position;
  }
  return position;
}

}  // namespace jetkeep
