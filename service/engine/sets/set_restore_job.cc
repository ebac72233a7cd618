#include "service/engine/sets/set_restore_job.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "protocol/base/join.h"
#include "protocol/base/stream_pattern.h"
#include "protocol/subjects/match.h"
#include "service/engine/restore/fenced_jetstream.h"
#include "service/engine/restore/restore_grants.h"
#include "service/engine/restore/restore_job.h"
#include "service/engine/restore/restore_plan.h"
#include "service/engine/restore/restore_preparation.h"
#include "service/engine/restore/token_removal.h"
#include "service/engine/sets/member_runner.h"
#include "service/engine/sets/set_choice.h"
#include "service/engine/sets/set_failures.h"
#include "service/engine/sets/set_plan.h"
#include "service/engine/sets/set_restore_plan.h"
#include "service/engine/update/update_stream.h"
#include "service/telemetry/log.h"
#include "service/work/guarded_call.h"

namespace jetkeep {
namespace {

constexpr std::size_t kMaxWarnings = 1'000;
constexpr std::size_t kMaxChanges = 1'000;
constexpr std::size_t kMostNamed = 5;

Error NoBackup(const SetDetails& set, const SetMember& member) {
  if (member.damaged && !member.backup.empty()) {
    return {Errc::kStreamDamaged,
            "backup " + member.backup + " of stream " + member.stream + " is damaged",
            "Restore it by its id if what could be read shall come back.", 0};
  }
  Error error = member.error.value_or(Error{Errc::kBackupNotFound, "there is none", {}, 0});
  return std::move(error).Within("set " + set.summary.id + " holds no good backup of stream " +
                                 member.stream);
}

void AddChanges(ConfigChanges& all, ConfigChanges changes) {
  for (Drift& drift : changes.differences) {
    if (all.differences.size() < kMaxChanges) {
      all.differences.push_back(std::move(drift));
    } else {
      ++all.more;
    }
  }
  all.removals.insert(all.removals.end(), changes.removals.begin(), changes.removals.end());
}

std::string Named(const std::vector<std::string>& texts) {
  return JoinFirst(texts, kMostNamed, "; ", "; and ");
}

}  // namespace

Result<RestoreSetReport> SetRestoreJob::Run(const RestoreSetSpec& spec) {
  const auto begin = std::chrono::steady_clock::now();
  spec_ = spec;
  JETKEEP_ASSIGN(set_, ChooseSet(tools_.repository, spec.set));
  JETKEEP_TRY(Choose());
  observer_.OnStarted(set_.summary.id, std::string(kAllStreams));
  JETKEEP_TRY(CheckAll());
  if (!spec_.keep_going) JETKEEP_TRY(RefuseUnlessAllGood());
  const bool any = std::any_of(members_.begin(), members_.end(),
                               [](const Member& member) { return !member.error; });
  if (!any)
    return Fail(members_.front().error->code == Errc::kCancelled
                    ? *members_.front().error
                    : Error(*members_.front().error).Within("no stream was restored"));
  JETKEEP_ASSIGN(ServerFacts facts,
                 GatherAllServerFacts(tools_.server, *tools_.options.clock, cancel_));
  JETKEEP_TRY(Record());
  RestoreAll(facts);
  if (!stopped()) UpdateAll();
  const bool failed = std::any_of(members_.begin(), members_.end(),
                                  [](const Member& member) { return member.error.has_value(); });
  if (cancel_.Cancelled() || (failed && !spec_.keep_going)) return Fail(Undo());
  if (Status committed = recorded_ ? claim_.Commit(tools_.options.clock->Now()) : Status();
      !committed) {
    Error error = std::move(committed).error().Within(
        "all streams are restored, but that could not be recorded");
    error.hint =
        "Whoever finds the records removes all of them, or lets all of them stay. Look at the "
        "streams a moment later, and restore again if they are gone.";
    return Fail(std::move(error));
  }
  ReleaseAll();
  const Removal removal = Remove(LeftSomething);
  for (const std::string& left : removal.left) warnings_.push_back(left);
  // With the record the next start goes on.
  if (recorded_ && !removal.again && !release_failed_) claim_.End();
  RestoreSetReport report = Report();
  report.duration_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return report;
}

Result<RestoreSetPreview> SetRestoreJob::Preview(const RestoreSetSpec& spec) {
  spec_ = spec;
  JETKEEP_ASSIGN(set_, ChooseSet(tools_.repository, spec.set));
  JETKEEP_TRY(Choose());
  // Every check for each stream, also after one was refused.
  spec_.keep_going = true;
  JETKEEP_TRY(CheckAll());
  RestoreSetPreview preview;
  preview.set = set_.summary;
  preview.warnings = std::move(warnings_);
  for (Member& member : members_) {
    const std::string& stream = member.of_set.stream;
    preview.streams.push_back(
        {stream, member.of_set.backup, member.update.has_value(), std::move(member.error)});
    for (const std::string& warning : member.planned_warnings) {
      if (preview.warnings.size() >= kMaxWarnings) break;
      preview.warnings.push_back("stream " + stream + ": " + warning);
    }
    if (member.update) AddChanges(preview.changes, std::move(member.update->changes));
  }
  preview.unchecked.assign(unchecked_.begin(), unchecked_.end());
  return preview;
}

Status SetRestoreJob::Choose() {
  for (const std::string& pattern : spec_.streams) {
    const bool any = std::any_of(
        set_.members.begin(), set_.members.end(),
        [&](const SetMember& member) { return MatchesStreamPattern(pattern, member.stream); });
    if (any) continue;
    return Fail(Errc::kStreamNotFound,
                "set " + set_.summary.id + " holds no stream \"" + pattern + "\"",
                "Nothing was restored. `jetkeep show " + set_.summary.id +
                    "` names the streams of the set.");
  }
  for (SetMember& member : set_.members) {
    const bool wanted = spec_.streams.empty() || MatchesAny(spec_.streams, member.stream);
    if (!wanted || MatchesAny(spec_.exclude, member.stream)) continue;
    Member& chosen = members_.emplace_back();
    if (!member.good()) chosen.error = NoBackup(set_, member);
    chosen.of_set = std::move(member);
  }
  if (!members_.empty()) return {};
  return Fail(Errc::kStreamNotFound, "every stream of the set that was chosen is excluded",
              "Nothing was restored.");
}

RestoreTarget SetRestoreJob::TargetOf(const Manifest& manifest) const {
  RestoreTarget target = SameStream(manifest);
  target.account = tools_.options.server_account;
  target.drop_unknown = spec_.drop_unknown;
  target.skip_refused_consumers = spec_.skip_refused_consumers;
  return target;
}

Status SetRestoreJob::CheckAll() {
  // What feeds what has to be known before anything can be planned.
  std::vector<StreamConfigFacts> configs(members_.size());
  ForMembers([&](std::size_t i) {
    Member& member = members_[i];
    configs[i].name = member.of_set.stream;
    if (member.error || cancel_.Cancelled()) return;
    auto config = GuardedCall<Result<StreamConfigFacts>>([&]() -> Result<StreamConfigFacts> {
      JETKEEP_ASSIGN(const Manifest manifest,
                     tools_.repository.Load(member.of_set.backup, member.of_set.stream));
      return ReadStreamConfig(manifest.config_json);
    });
    if (config) {
      configs[i] = *std::move(config);
    } else {
      member.error = std::move(config).error();
    }
  });
  JETKEEP_TRY(cancel_.Check());
  for (std::size_t i = 0; i < members_.size(); ++i) members_[i].config = configs[i];
  groups_ = OriginsFirst(configs);
  if (tools_.recovery != nullptr) {
    std::vector<std::string> streams;
    for (const Member& member : members_) streams.push_back(member.of_set.stream);
    JETKEEP_ASSIGN(std::string waited, tools_.recovery->Await(streams, cancel_));
    if (!waited.empty()) warnings_.push_back(std::move(waited));
  }
  JETKEEP_ASSIGN(ServerFacts facts,
                 GatherAllServerFacts(tools_.server, *tools_.options.clock, cancel_));
  // What one member was to take another one may have, if that one fails.
  for (bool all_hold = false; !all_hold;) {
    JETKEEP_TRY(PlanAll(facts));
    // Reading takes longest, so it comes last, and not for what is refused anyway.
    for (const auto& check : {&SetRestoreJob::CheckGrants, &SetRestoreJob::CheckStored}) {
      if (Refused()) return {};
      all_hold = Hold(check);
      JETKEEP_TRY(cancel_.Check());
      if (!all_hold) break;
    }
  }
  return {};
}

bool SetRestoreJob::Refused() const {
  return !spec_.keep_going &&
         std::any_of(members_.begin(), members_.end(),
                     [](const Member& member) { return member.error.has_value(); });
}

void SetRestoreJob::SetWantedConfigs(ServerFacts& facts) const {
  std::map<std::string_view, const Member*> members;
  for (const Member& member : members_) {
    if (!member.error) members.emplace(member.of_set.stream, &member);
  }
  for (LiveStream& live : facts.streams) {
    const auto member = members.find(live.name);
    if (member != members.end()) live.config = member->second->config;
  }
}

Status SetRestoreJob::PlanAll(const ServerFacts& found) {
  unchecked_.clear();
  ServerFacts facts = found;
  if (spec_.update_config) SetWantedConfigs(facts);
  for (const auto& group : groups_) {
    for (const std::size_t i : group) {
      JETKEEP_TRY(cancel_.Check());
      Member& member = members_[i];
      if (member.error && !member.refused_by_plan) continue;
      member.error.reset();
      if (Status good = CheckMember(member, facts); !good) member.error = std::move(good).error();
      member.refused_by_plan = member.error.has_value();
    }
  }
  // Whatever is refused gives nothing up.
  while (RefuseExchanges() || RefuseTakers(found)) {
  }
  return {};
}

bool SetRestoreJob::Hold(Status (SetRestoreJob::*check)(Member& member)) {
  std::atomic<bool> all_hold{true};
  ForMembers([&](std::size_t i) {
    Member& member = members_[i];
    if (member.error || cancel_.Cancelled()) return;
    const Status good = GuardedCall<Status>([&] { return (this->*check)(member); });
    if (good) return;
    member.error = good.error();
    all_hold = false;
  });
  return all_hold || !spec_.keep_going;
}

Status SetRestoreJob::CheckGrants(Member& member) {
  if (std::exchange(member.may, true)) return {};
  std::vector<Error> missing = member.update ? MissingUpdateGrants(tools_.server, *member.update)
                                             : MissingGrants(tools_.server, member.needs);
  if (missing.empty()) return {};
  return Fail(std::move(missing.front()));
}

Status SetRestoreJob::CheckStored(Member& member) {
  if (member.update || std::exchange(member.whole, true)) return {};
  JETKEEP_ASSIGN(const auto pass,
                 gate_.EnterAsMember(member.of_set.stream, member.of_set.bytes, cancel_));
  JETKEEP_ASSIGN(const Manifest manifest,
                 tools_.repository.Load(member.of_set.backup, member.of_set.stream));
  return CheckStoredBackup(tools_.repository, manifest, cancel_);
}

Status SetRestoreJob::CheckMember(Member& member, ServerFacts& facts) {
  JETKEEP_ASSIGN(const Manifest manifest,
                 tools_.repository.Load(member.of_set.backup, member.of_set.stream));
  member.update.reset();
  member.planned_warnings.clear();
  const bool there =
      std::any_of(facts.streams.begin(), facts.streams.end(),
                  [&](const LiveStream& live) { return live.name == member.of_set.stream; });
  if (there && UpdatesStreams()) return CheckUpdate(member, manifest, facts);
  if (spec_.update_config && manifest.condition != BackupCondition::kConfigOnly) {
    return Fail(NothingToUpdate(member.of_set.stream));
  }
  JETKEEP_ASSIGN(const RestorePlan plan, PlanRestore(manifest, TargetOf(manifest), facts));
  member.planned_warnings = plan.left_out;
  member.planned_warnings.insert(member.planned_warnings.end(), plan.warnings.begin(),
                                 plan.warnings.end());
  unchecked_.insert(plan.unchecked.begin(), plan.unchecked.end());
  if (!plan.refusals.empty()) {
    const bool taken = plan.refusals.front().code == Errc::kStreamExists;
    return Fail(taken ? NameTaken(tools_.server, plan.target.stream) : RefusalOf(plan));
  }
  JETKEEP_TRY(CheckReplicas(facts.identity, plan.config));
  member.needs = NeededBy(plan);
  member.sent = {};
  member.sent.stream = plan.target.stream;
  member.sent.config_json = plan.target.config_json;
  member.sent.state = plan.expected;
  for (const auto* consumers : {&plan.consumers.archived, &plan.consumers.created}) {
    for (const ConsumerBackup& consumer : *consumers) {
      member.sent.consumers.push_back(consumer.name);
    }
  }
  member.sent.backup_id = manifest.id;
  AddRestored(facts, plan);
  return {};
}

Status SetRestoreJob::CheckUpdate(Member& member, const Manifest& manifest, ServerFacts& facts) {
  JETKEEP_ASSIGN(ConfigUpdate update,
                 PlanConfigUpdate(tools_.server, manifest, TargetOf(manifest), facts,
                                  {spec_.update_config, spec_.allow_removal, true}));
  member.planned_warnings = update.left_out;
  member.planned_warnings.insert(member.planned_warnings.end(), update.warnings.begin(),
                                 update.warnings.end());
  member.update = std::move(update);
  if (!member.update->refusals.empty()) return Fail(RefusalOf(*member.update));
  AddUpdated(facts, *member.update);
  return {};
}

std::vector<SetRestoreJob::Member*> SetRestoreJob::UpdatesInOrder(std::vector<Member*>& stuck) {
  std::vector<Member*> left;
  for (Member& member : members_) {
    if (member.update && !member.error) left.push_back(&member);
  }
  const auto takes_from = [](const Member& taker, const Member& giver) {
    for (const std::string& subject : taker.update->after.subjects) {
      for (const std::string& other : giver.update->before.subjects) {
        if (SubjectsOverlap(subject, other)) return true;
      }
    }
    return false;
  };
  std::vector<Member*> order;
  while (!left.empty()) {
    const auto free = std::find_if(left.begin(), left.end(), [&](const Member* one) {
      return !one->update->changes_stream ||
             std::none_of(left.begin(), left.end(), [&](const Member* other) {
               return other != one && takes_from(*one, *other);
             });
    });
    if (free == left.end()) break;
    order.push_back(*free);
    left.erase(free);
  }
  stuck = std::move(left);
  return order;
}

// A server changes one stream at a time, and two never have the same subject.
bool SetRestoreJob::RefuseExchanges() {
  std::vector<Member*> stuck;
  UpdatesInOrder(stuck);
  for (Member* member : stuck) {
    member->error =
        Error{Errc::kRestoreRefused,
              "stream " + member->of_set.stream +
                  " would take a subject of a stream that waits for one of its own",
              "Nothing was changed. Take the subjects that the streams exchange out of one of them "
              "first, then restore again.",
              0};
    member->refused_by_plan = true;
  }
  return !stuck.empty();
}

// A stream gives a subject up when it is updated, and that comes after all that is made.
bool SetRestoreJob::RefuseTakers(const ServerFacts& found) {
  if (!spec_.update_config) return false;
  std::map<std::string_view, const Member*> members;
  for (const Member& member : members_) members.emplace(member.of_set.stream, &member);
  const auto refusal = [&](const Member& taker) -> std::optional<Error> {
    const StreamConfigFacts& wanted = taker.update ? taker.update->after : taker.config;
    for (const LiveStream& live : found.streams) {
      const auto giver = members.find(live.name);
      if (giver == members.end() || giver->second == &taker || !live.config) continue;
      const bool gives_first = taker.update && giver->second->update && !giver->second->error;
      if (gives_first) continue;
      for (const std::string& subject : wanted.subjects) {
        for (const std::string& other : live.config->subjects) {
          if (!SubjectsOverlap(subject, other)) continue;
          return Error{
              Errc::kRestoreRefused,
              "subject " + subject + " of stream " + wanted.name + " overlaps subject " + other +
                  " of stream " + live.name +
                  (giver->second->error ? ", which is not updated"
                                        : ", which is updated only after new streams are made"),
              "Nothing of it was changed. Restore stream " + live.name +
                  " with --update-config (field update_config) first, then the others.",
              0};
        }
      }
    }
    return std::nullopt;
  };
  bool any = false;
  for (Member& member : members_) {
    if (member.error || (member.update && !member.update->changes_stream)) continue;
    member.error = refusal(member);
    member.refused_by_plan = member.error.has_value();
    any = any || member.refused_by_plan;
  }
  return any;
}

void SetRestoreJob::UpdateAll() {
  std::vector<Member*> stuck;
  for (Member* member : UpdatesInOrder(stuck)) {
    if (stopped()) return;
    auto pass = gate_.EnterAsMember(member->of_set.stream, 0, cancel_);
    Status done = pass ? ApplyConfigUpdate(tools_.server, *member->update, cancel_)
                       : Status(Fail(pass.error()));
    member->updated = done.has_value();
    if (done) continue;
    member->error = std::move(done).error();
    const MutexLock lock(mutex_);
    failed_ = true;
  }
}

std::string SetRestoreJob::Updated() const {
  std::vector<std::string> names;
  for (const Member& member : members_) {
    if (member.updated && member.update->changes_anything()) names.push_back(member.of_set.stream);
  }
  if (names.empty()) return {};
  return "; brought to their configurations before, and left so: " + JoinFirst(names, kMostNamed);
}

Status SetRestoreJob::RefuseUnlessAllGood() const {
  const Member* first = nullptr;
  std::vector<std::string> others;
  for (const Member& member : members_) {
    if (!member.error) continue;
    if (first == nullptr) {
      first = &member;
    } else {
      others.push_back(member.of_set.stream + ": " + member.error->message);
    }
  }
  if (first == nullptr) return {};
  Error error = *first->error;
  error.message = "no stream was restored: " + first->of_set.stream + ": " + error.message;
  if (!others.empty()) error.message += "; besides, " + Named(others);
  error.hint += (error.hint.empty() ? "" : " ");
  error.hint += "With --keep-going (field keep_going) the other streams are restored.";
  return Fail(std::move(error));
}

Status SetRestoreJob::Record() {
  std::vector<SentMember> sent;
  for (Member& member : members_) {
    if (!member.error && !member.update) sent.push_back(std::move(member.sent));
  }
  if (sent.empty()) return {};
  recorded_ = true;
  JETKEEP_ASSIGN(const ServerIdentity identity, tools_.server.Server());
  return claim_.Begin(set_.summary.id, std::move(sent), identity, !spec_.keep_going,
                      tools_.options.clock->Now());
}

void SetRestoreJob::ForMembers(const std::function<void(std::size_t)>& task) {
  RunMembers(members_.size(), spec_.parallel, tools_.options.thread_hook, task);
}

void SetRestoreJob::RestoreAll(const ServerFacts& before) {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  for (const Member& member : members_) {
    messages += member.of_set.messages;
    bytes += member.of_set.bytes;
  }
  SetProgressView progress(observer_, members_.size(), messages, bytes);
  // Those of earlier groups are there.
  ServerFacts facts = before;
  for (const auto& group : groups_) {
    std::vector<std::size_t> order = group;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return members_[a].of_set.bytes > members_[b].of_set.bytes;
    });
    RunMembers(order.size(), spec_.parallel, tools_.options.thread_hook,
               [&](std::size_t i) { RestoreOne(members_[order[i]], facts, progress); });
    for (const std::size_t i : group) {
      const Member& member = members_[i];
      if (member.report) facts.streams.push_back({member.of_set.stream, member.config});
    }
  }
}

bool SetRestoreJob::stopped() {
  if (cancel_.Cancelled()) return true;
  const MutexLock lock(mutex_);
  return failed_ && !spec_.keep_going;
}

void SetRestoreJob::RestoreOne(Member& member, const ServerFacts& facts,
                               SetProgressView& progress) {
  const SetMember& of_set = member.of_set;
  const auto observer = progress.Begin(of_set.stream, of_set.messages, of_set.bytes);
  if (member.error || stopped()) return progress.End(of_set.stream, true, 0, 0);
  if (member.update) return progress.End(of_set.stream, false, 0, 0);
  PartOfRestore part{{facts, claim_}};
  Result<RestoreReport> report = GuardedCall<Result<RestoreReport>>([&]() -> Result<RestoreReport> {
    JETKEEP_ASSIGN(const auto pass, gate_.EnterAsMember(of_set.stream, of_set.bytes, cancel_));
    JETKEEP_ASSIGN(const Manifest manifest, tools_.repository.Load(of_set.backup, of_set.stream));
    JETKEEP_ASSIGN(member.config, ReadStreamConfig(manifest.config_json));
    return RunRestoreAttempts(tools_, manifest, TargetOf(manifest), *observer, cancel_, &part);
  });
  member.made = std::move(part.made);
  member.removal_failed = part.removal_failed;
  member.unknown = part.unknown;
  if (report) {
    progress.End(of_set.stream, false, report->messages, report->bytes);
    member.report = *std::move(report);
    return;
  }
  log::Warn("a stream of a set could not be restored",
            {{"set", set_.summary.id},
             {"stream", of_set.stream},
             {"err_code", TraitsOf(report.error().code).err_code},
             {"error", report.error().message}});
  member.error = std::move(report).error();
  {
    const MutexLock lock(mutex_);
    failed_ = true;
  }
  progress.End(of_set.stream, true, 0, 0);
}

SetRestoreJob::Removal SetRestoreJob::Remove(const std::function<bool(const Member&)>& goes) {
  std::vector<RestoreInProgress> going;
  Removal removal;
  for (const Member& member : members_) {
    if (member.unknown) {
      removal.again = true;
      removal.left.push_back("what was made of stream " + member.of_set.stream + " is not known");
    } else if (goes(member)) {
      going.push_back(member.made);
    }
  }
  FencedJetStream server(tools_.server, [this] { return claim_.Check(); });
  const auto remains = RemoveAllRemains(server, going, CancelToken());
  for (std::size_t i = 0; i < going.size(); ++i) {
    if (!remains[i]) {
      removal.again = true;
      removal.left.push_back(remains[i].error().message);
      removal.code = remains[i].error().code;
      if (removal.hint.empty()) removal.hint = remains[i].error().hint;
      continue;
    }
    if (*remains[i] == Remains::kGone) {
      ++removal.removed;
      continue;
    }
    Error left = LeftAlone(*remains[i], going[i].stream);
    removal.left.push_back(std::move(left.message));
    if (removal.hint.empty()) removal.hint = std::move(left.hint);
    if (*remains[i] != Remains::kInUse) continue;
    // It stays, without the token.
    const auto out = TakeOutToken(server, going[i].stream, going[i].token, CancelToken());
    if (!out) removal.again = true;
  }
  return removal;
}

Error SetRestoreJob::Undo() {
  const Removal removal =
      Remove([](const Member& member) { return member.report || LeftSomething(member); });
  // With the record the next start goes on.
  if (recorded_ && !removal.again) claim_.End();
  const auto first = std::find_if(members_.begin(), members_.end(), [](const Member& member) {
    return member.error && member.error->code != Errc::kCancelled;
  });
  Error error = cancel_.Cancelled() || first == members_.end()
                    ? Error{Errc::kCancelled, "the job was cancelled", {}, 0}
                    : Error(*first->error).Within("stream " + first->of_set.stream);
  // A cancelled job ends without a word about what is left.
  if (error.code == Errc::kCancelled && !removal.left.empty()) error.code = removal.code;
  if (recorded_) {
    error.message += "; " + std::to_string(removal.removed) +
                     " streams that this restore had made were removed again";
  }
  const std::string updated = Updated();
  error.message += updated;
  if (!removal.left.empty()) error.message += ", but: " + Named(removal.left);
  if (!removal.hint.empty()) error.hint = removal.hint;
  if (!updated.empty()) {
    error.hint += (error.hint.empty() ? "" : " ");
    error.hint += "Once the cause is gone, the same request brings the other streams there, too.";
  }
  return error;
}

void SetRestoreJob::ReleaseAll() {
  Mutex mutex;
  ForMembers([&](std::size_t i) {
    Member& member = members_[i];
    if (!member.report) return;
    // One for each: it is not for several threads.
    FencedJetStream server(tools_.server, [this] { return claim_.Check(); });
    const auto changed = TakeOutToken(server, member.made.stream, member.made.token, CancelToken());
    if (changed) {
      member.report->warnings.insert(member.report->warnings.end(), changed->begin(),
                                     changed->end());
    } else {
      member.error = changed.error();
      // After a lost lease another process decides.
      if (member.error->code != Errc::kLeaseLost) {
        member.error->message +=
            "; the stream is whole and was left there, with the mark of its restore in its "
            "configuration";
      }
      const MutexLock lock(mutex);
      release_failed_ = true;
    }
    const std::string& other = tools_.options.server_account;
    NoteRestored(tools_, other.empty() ? set_.summary.account : other, member.made.stream);
  });
}

RestoreSetReport SetRestoreJob::Report() {
  RestoreSetReport report;
  report.set = set_.summary;
  report.streams = members_.size();
  std::set<std::string> unchecked;
  for (Member& member : members_) {
    if (member.error) {
      ++report.failed;
      if (report.failures.size() < kMaxFailuresNamed) {
        report.failures.push_back({member.of_set.stream, member.of_set.backup, *member.error});
      }
      continue;
    }
    if (member.updated) {
      report.updated += 1;
      report.consumers += member.update->changed.size() + member.update->absent.size();
      AddChanges(report.changes, std::move(member.update->changes));
      for (const auto* warnings : {&member.planned_warnings, &member.update->servers_choice}) {
        for (const std::string& warning : *warnings) {
          if (warnings_.size() >= kMaxWarnings) break;
          warnings_.push_back("stream " + member.of_set.stream + ": " + warning);
        }
      }
    }
    if (!member.report) continue;
    report.messages += member.report->messages;
    report.bytes += member.report->bytes;
    report.consumers += member.report->consumers;
    report.sent_bytes += member.report->sent_bytes;
    unchecked.insert(member.report->unchecked.begin(), member.report->unchecked.end());
    for (std::string& warning : member.report->warnings) {
      if (warnings_.size() >= kMaxWarnings) break;
      warnings_.push_back("stream " + member.of_set.stream + ": " + std::move(warning));
    }
  }
  report.warnings = std::move(warnings_);
  report.unchecked.assign(unchecked.begin(), unchecked.end());
  return report;
}

}  // namespace jetkeep
