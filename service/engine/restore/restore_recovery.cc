#include "service/engine/restore/restore_recovery.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "service/engine/restore/restore_cleanup.h"
#include "service/telemetry/log.h"
#include "service/work/backoff.h"

namespace jetkeep {
namespace {

constexpr std::chrono::milliseconds kPoll{100};
constexpr std::chrono::seconds kRetryAfter{2};
constexpr std::chrono::seconds kLongestWait{150};
// A server without a configured name goes by its id, which is new after every start.
constexpr std::size_t kServerIdBytes = 56;

bool IsServerId(const std::string& name) {
  return name.size() == kServerIdBytes && name.front() == 'N';
}

// Whether the restore was one of the server that answers now. When in doubt, what is on the server
// has to prove it.
bool SameServer(const RestoreRecord& record, const ServerIdentity& now) {
  if (!record.cluster.empty() || !now.cluster.empty()) return record.cluster == now.cluster;
  return record.server_name == now.name || IsServerId(record.server_name) || IsServerId(now.name);
}

}  // namespace

RestoreRecovery::RestoreRecovery(JetStream& server, Repository& repository)
    : server_(server), repository_(repository), worker_([this] { Run(); }) {}

RestoreRecovery::~RestoreRecovery() {
  {
    const std::lock_guard lock(mutex_);
    stop_.Cancel();
  }
  changed_.notify_all();
  worker_.join();
}

void RestoreRecovery::Scan() {
  auto dead = repository_.TakeDeadRestores();
  if (!dead) {
    log::Warn("cannot look for unfinished restores", {{"error", dead.error().message}});
    return;
  }
  for (const std::string& warning : dead->warnings) {
    log::Warn("the record of an unfinished restore cannot be read", {{"error", warning}});
  }
  const std::lock_guard lock(mutex_);
  for (auto& mark : dead->marks) {
    const RestoreRecord& record = mark->record();
    if (record.account != repository_.account()) continue;  // for the jetkeep of that account
    log::Info("found an unfinished restore",
              {{"stream", record.stream}, {"backup", record.backup_id}, {"restore", record.id}});
    marks_.push_back(std::move(mark));
  }
  changed_.notify_all();
}

Status RestoreRecovery::Await(const std::string& stream, const CancelToken& cancel) {
  const auto deadline = std::chrono::steady_clock::now() + kLongestWait;
  std::unique_lock lock(mutex_);
  const auto busy = [&] {
    return std::any_of(marks_.begin(), marks_.end(),
                       [&](const auto& mark) { return mark->record().stream == stream; });
  };
  while (busy() && std::chrono::steady_clock::now() < deadline) {
    JETKEEP_TRY(cancel.Check());
    changed_.wait_for(lock, kPoll);
  }
  return {};
}

void RestoreRecovery::Run() {
  std::unique_lock lock(mutex_);
  while (!stop_.Cancelled()) {
    if (marks_.empty()) {
      changed_.wait(lock, [&] { return stop_.Cancelled() || !marks_.empty(); });
      continue;
    }
    const std::shared_ptr<RestoreMark> mark = marks_.front();
    lock.unlock();
    const bool done = Handle(*mark);
    if (!done) static_cast<void>(SleepFor(kRetryAfter, stop_));
    lock.lock();
    // One that has to wait makes room for the others.
    marks_.pop_front();
    if (!done) marks_.push_back(mark);
    changed_.notify_all();
  }
}

bool RestoreRecovery::Handle(RestoreMark& mark) {
  const RestoreRecord& record = mark.record();
  const auto identity = server_.Server();
  if (!identity || identity->version.empty()) return false;
  if (!SameServer(record, *identity)) {
    log::Warn("an unfinished restore is that of another server and is left for it",
              {{"stream", record.stream}, {"server", record.server_name}});
    return true;
  }
  RestoreInProgress restore;
  restore.stream = record.stream;
  restore.config_json = record.config_json;
  restore.state = record.state;
  restore.stream_created = record.stream_created;
  restore.started_ns = record.started_ns;
  restore.abandoned = true;
  restore.scratch = record.scratch;
  const auto left = RemoveLeftover(server_, restore, stop_);
  if (!left && left.error().code != Errc::kStreamExists) {
    if (!stop_.Cancelled()) {
      log::Warn("an unfinished restore is not cleaned up yet",
                {{"stream", record.stream}, {"error", left.error().message}});
    }
    return false;
  }
  if (!left) {
    log::Warn("a stream has the name of an unfinished restore and was left alone",
              {{"stream", record.stream}});
  } else if (*left == Leftover::kWhole) {
    log::Info("an unfinished restore turned out to be whole", {{"stream", record.stream}});
  } else {
    log::Info("cleaned up after an unfinished restore", {{"stream", record.stream}});
  }
  if (const Status removed = mark.Remove(); !removed) {
    log::Warn("cannot remove the record of a restore", {{"error", removed.error().message}});
  }
  return true;
}

}  // namespace jetkeep
