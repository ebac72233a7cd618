#include "service/engine/restore/restore_recovery.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "service/engine/restore/fenced_jetstream.h"
#include "service/engine/restore/token_removal.h"
#include "service/telemetry/log.h"
#include "service/work/backoff.h"

namespace jetkeep {
namespace {

constexpr std::chrono::milliseconds kPoll{100};
constexpr std::chrono::seconds kScanAgain{4};
constexpr std::chrono::seconds kScanWhileAwaited{1};
constexpr std::chrono::seconds kRetryAfter{2};
// Longer than any clean-up: the lease of the one before, 16 s of quiet, 600 s for a server to
// unpack, 60 s of attempts.
constexpr std::chrono::seconds kLongestWait{720};
// A server without a configured name goes by its id, which is new after every start.
constexpr std::size_t kServerIdBytes = 56;

bool IsServerId(const std::string& name) {
  return name.size() == kServerIdBytes && name.front() == 'N';
}

RestoreInProgress Abandoned(const SentStream& sent) {
  RestoreInProgress restore;
  static_cast<SentStream&>(restore) = sent;
  restore.abandoned = true;
  return restore;
}

std::string WhatOf(const RestoreRecord& record) {
  return record.members.empty() ? "stream " + record.stream : "set " + record.set;
}

// Whether the streams of the restore can be told from others.
bool HasTokens(const RestoreRecord& record) {
  return !record.members.empty() || !record.token.empty();
}

}  // namespace

bool SameServer(const RestoreRecord& record, const ServerIdentity& now) {
  if (!record.cluster.empty() || !now.cluster.empty()) return record.cluster == now.cluster;
  return record.server_name == now.name || IsServerId(record.server_name) || IsServerId(now.name);
}

RestoreRecovery::RestoreRecovery(JetStream& server, Repository& repository,
                                 const std::string& account)
    : server_(server),
      repository_(repository),
      account_(account.empty() ? repository.account() : account),
      worker_([this] { Run(); }) {}

RestoreRecovery::~RestoreRecovery() {
  {
    const MutexLock lock(mutex_);
    stop_.Cancel();
  }
  changed_.NotifyAll();
  worker_.join();
}

bool RestoreRecovery::FirstTime(const std::string& text) {
  const MutexLock lock(mutex_);
  return warned_.insert(text).second;
}

void RestoreRecovery::WarnOnce(const std::string& text) {
  if (!FirstTime(text)) return;
  log::Warn("the record of an unfinished restore cannot be taken", {{"error", text}});
}

bool RestoreRecovery::Concerns(const RestoreRecord& record, const ServerIdentity& server) {
  if (record.account != account_) return false;
  if (SameServer(record, server)) return true;
  WarnOnce("the restore of " + WhatOf(record) + " was one of server " + record.server_name +
           " and is left for whoever serves that");
  return false;
}

void RestoreRecovery::Scan() {
  const auto identity = server_.Server();
  if (!identity || identity->version.empty()) return;  // later
  auto orphaned = repository_.TakeOrphanedRestores(
      [&](const RestoreRecord& record) { return Concerns(record, *identity); });
  if (!orphaned) return WarnOnce(orphaned.error().message);
  for (const std::string& warning : orphaned->warnings) WarnOnce(warning);
  const MutexLock lock(mutex_);
  held_ = std::move(orphaned->held);
  for (auto& mark : orphaned->marks) {
    const RestoreRecord& record = mark->record();
    log::Info("found an unfinished restore",
              {{"stream", record.members.empty() ? record.stream : record.set},
               {"backup", record.backup_id},
               {"restore", record.id}});
    orphans_.push_back({std::move(mark), std::chrono::steady_clock::now()});
  }
  changed_.NotifyAll();
}

std::string RestoreRecovery::Obstacle(const std::vector<std::string>& streams,
                                      std::chrono::steady_clock::time_point begin) {
  const auto common = [&](const RestoreRecord& record) -> std::string {
    const auto one = std::find_if(streams.begin(), streams.end(), [&](const std::string& stream) {
      return record.Concerns(stream);
    });
    return one == streams.end() ? std::string() : *one;
  };
  const MutexLock lock(mutex_);
  for (const Orphan& orphan : orphans_) {
    const std::string stream = common(orphan.mark->record());
    if (!stream.empty()) return "the clean-up after an earlier restore of stream " + stream;
  }
  for (const HeldRestore& held : held_) {
    const std::string stream = common(held.record);
    if (stream.empty()) continue;
    if (held.cleaning) {
      return "another process, which cleans up after an earlier restore of stream " + stream;
    }
    // One that lives has the way. What was seen of it before says nothing of now.
    const bool lives = held.stirs && held.stirred_at > begin;
    if (!lives && HasTokens(held.record)) {
      return "a sign of life of another process that restores stream " + stream;
    }
  }
  return {};
}

Result<std::string> RestoreRecovery::Await(const std::vector<std::string>& streams,
                                           const CancelToken& cancel) {
  using Clock = std::chrono::steady_clock;
  std::string waited_for;
  Scan();
  // The first look may find a renewal that is older than the request: what changes after it counts.
  const auto begin = Clock::now();
  auto scanned = begin;
  for (;;) {
    const std::string obstacle = Obstacle(streams, begin);
    if (obstacle.empty()) break;
    if (Clock::now() - begin >= kLongestWait) {
      return Fail(Errc::kJobConflict, "gave up waiting for " + obstacle,
                  "Nothing was changed. Look at the logs of jetkeep (this one and others on the "
                  "repository) "
                  "for why the clean-up does not end.");
    }
    if (obstacle != waited_for) {
      log::Info("a restore waits", {{"streams", streams.size()}, {"for", obstacle}});
      waited_for = obstacle;
    }
    JETKEEP_TRY(cancel.Check());
    MutexLock lock(mutex_);
    changed_.WaitFor(lock, kPoll);
    lock.Unlock();
    if (Clock::now() - scanned >= kScanWhileAwaited) {
      Scan();
      scanned = Clock::now();
    }
  }
  if (waited_for.empty()) return waited_for;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - begin);
  return "waited " + std::to_string(seconds.count()) + " s for " + waited_for;
}

bool RestoreRecovery::RestoredElsewhere(const std::string& stream) {
  const MutexLock lock(mutex_);
  return std::any_of(held_.begin(), held_.end(), [&](const HeldRestore& held) {
    return held.record.Concerns(stream) && !held.cleaning;
  });
}

void RestoreRecovery::Run() {
  MutexLock lock(mutex_);
  while (!stop_.Cancelled()) {
    if (orphans_.empty()) {
      changed_.WaitFor(lock, kScanAgain, [&]() JETKEEP_REQUIRES(mutex_) {
        return stop_.Cancelled() || !orphans_.empty();
      });
      if (stop_.Cancelled() || !orphans_.empty()) continue;
      lock.Unlock();
      Scan();
      lock.Lock();
      continue;
    }
    const Orphan orphan = orphans_.front();
    lock.Unlock();
    const bool done = Handle(orphan);
    if (!done) static_cast<void>(SleepFor(kRetryAfter, stop_));
    lock.Lock();
    // One that has to wait makes room for the others.
    orphans_.pop_front();
    if (!done) orphans_.push_back(orphan);
    changed_.NotifyAll();
  }
}

bool RestoreRecovery::Handle(const Orphan& orphan) {
  RestoreMark& mark = *orphan.mark;
  const RestoreRecord& record = mark.record();
  if (!record.replaces.empty()) {
    const auto replaced = repository_.HasRestoreMark(record.replaces);
    if (!replaced || *replaced) return false;  // that one first
  }
  FencedJetStream server(server_, [&mark] { return mark.Check(); });
  std::vector<SentMember> members = record.members;
  if (members.empty()) {
    static_cast<SentStream&>(members.emplace_back()) = record;
    members.front().backup_id = record.backup_id;
  }
  std::vector<Result<Remains>> remains;
  if (record.replaces.empty()) {
    std::vector<RestoreInProgress> restores;
    for (const SentMember& member : members) {
      restores.push_back(Abandoned(member));
      restores.back().silent_since = orphan.taken;
    }
    remains = RemoveAllRemains(server, restores, stop_);
  } else {
    // All of them were whole. Whatever became of them since, they stay.
    remains.assign(members.size(), Remains::kWhole);
  }
  bool done = true;
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Handled handled = Conclude(server, members[i], remains[i]);
    if (handled == Handled::kLost) return true;  // another process goes on
    if (handled == Handled::kNotYet) done = false;
  }
  if (!done) return false;
  if (const Status removed = mark.Remove(); !removed) {
    log::Warn("cannot remove the record of a restore", {{"error", removed.error().message}});
  }
  return true;
}

RestoreRecovery::Handled RestoreRecovery::Conclude(JetStream& server, const SentMember& sent,
                                                   const Result<Remains>& remains) {
  const std::string& backup_id = sent.backup_id;
  if (!remains) {
    if (remains.error().code == Errc::kLeaseLost) return Handled::kLost;
    // Tried again every few seconds, which need not all be logged.
    if (!stop_.Cancelled() && FirstTime(sent.stream + backup_id + sent.token +
                                        std::string(TraitsOf(remains.error().code).name))) {
      log::Warn("an unfinished restore is not cleaned up yet",
                {{"stream", sent.stream}, {"error", remains.error().message}});
    }
    return Handled::kNotYet;
  }
  switch (*remains) {
    case Remains::kGone:
      log::Info("cleaned up after an unfinished restore", {{"stream", sent.stream}});
      break;
    case Remains::kWhole:
    case Remains::kUnclear:
    case Remains::kInUse: {
      const auto changed = TakeOutToken(server, sent.stream, sent.token, stop_);
      if (!changed) {
        if (changed.error().code == Errc::kStreamNotFound) return Handled::kDone;
        if (changed.error().code == Errc::kLeaseLost) return Handled::kLost;
        log::Warn("the token of an unfinished restore is not taken out yet",
                  {{"stream", sent.stream}, {"error", changed.error().message}});
        return Handled::kNotYet;
      }
      if (*remains != Remains::kWhole) {
        const Error left = LeftAlone(*remains, sent.stream);
        log::Warn(left.message, {{"stream", sent.stream}, {"hint", left.hint}});
      } else {
        ReportConsumers(server, sent.stream, backup_id);
      }
      break;
    }
    case Remains::kMayHaveEnded:
      log::Info(LeftAlone(*remains, sent.stream).message, {{"stream", sent.stream}});
      break;
    default: {
      const Error left = LeftAlone(*remains, sent.stream);
      log::Warn(left.message, {{"stream", sent.stream}, {"hint", left.hint}});
    }
  }
  return Handled::kDone;
}

// The stream came to its end, its consumers may not have.
void RestoreRecovery::ReportConsumers(JetStream& server, const std::string& stream,
                                      const std::string& backup_id) {
  std::string missing;
  const auto manifest = repository_.Load(backup_id, stream);
  const auto consumers = server.Consumers(stream);
  if (manifest && consumers) {
    for (const ConsumerBackup& wanted : manifest->consumers) {
      const bool there = std::any_of(consumers->begin(), consumers->end(),
                                     [&](const auto& found) { return found.name == wanted.name; });
      if (!there) missing += (missing.empty() ? "" : ", ") + wanted.name;
    }
  }
  if (!manifest || !consumers) {
    log::Warn(
        "an unfinished restore turned out to be whole and was kept; its consumers could not "
        "be looked at",
        {{"stream", stream}});
  } else if (missing.empty()) {
    log::Info("an unfinished restore turned out to be whole and was kept", {{"stream", stream}});
  } else {
    log::Warn(
        "an unfinished restore turned out to be whole and was kept, but consumers are missing",
        {{"stream", stream}, {"consumers", missing}});
  }
}

}  // namespace jetkeep
