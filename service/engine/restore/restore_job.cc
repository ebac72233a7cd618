#include "service/engine/restore/restore_job.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "protocol/js_api/server_version.h"
#include "service/engine/restore/account_room.h"
#include "service/engine/restore/archive_sender.h"
#include "service/engine/restore/arrival.h"
#include "service/engine/restore/current_replicas.h"
#include "service/engine/restore/refused_consumer.h"
#include "service/engine/restore/restore_check.h"
#include "service/engine/restore/restore_preparation.h"
#include "service/engine/restore/restored_config.h"
#include "service/engine/restore/restored_consumers.h"
#include "service/engine/restore/server_clock.h"

namespace jetkeep {
namespace {

using Clock = std::chrono::steady_clock;

// Whether the server answered, or the request cannot have reached it. Then there is nothing of this
// restore on it, and whatever has the name is somebody else's.
bool Refused(const Error& error) {
  if (error.server_code != 0) return true;
  switch (error.code) {
    case Errc::kTimeout:
    case Errc::kTransferInterrupted:
    case Errc::kNotConnected:
    case Errc::kCancelled:
    case Errc::kInternal:
    case Errc::kServerError:  // an answer that cannot be read
      return false;
    default:
      return true;
  }
}

std::size_t ChunkBytes(const RestoreOptions& options, const ServerIdentity& server) {
  if (server.max_payload == 0) return options.chunk_bytes;  // not reported
  return std::min<std::size_t>(options.chunk_bytes, server.max_payload);
}

}  // namespace

Result<RestoreReport> RestoreJob::Run(const Manifest& manifest, const RestoreTarget& target) {
  const auto begin = Clock::now();
  job_.observer.OnStarted(manifest.id, target.stream);
  JETKEEP_TRY(Prepare(manifest, target));

  JETKEEP_ASSIGN(std::vector<std::string> begun,
                 claim_.Begin(manifest, plan_, job_.options.clock->Now()));
  std::move(begun.begin(), begun.end(), std::back_inserter(warnings_));
  Result<StreamInfo> verdict = SendAndVerify(manifest);
  if (!verdict) return Fail(claim_.CleanUpAfter(std::move(verdict).error()));
  const Status current =
      AwaitCurrentReplicas(server_, target.stream, job_.options.current_timeout, job_.cancel);
  if (!current && current.error().code == Errc::kCancelled) {
    return Fail(claim_.CleanUpAfter(current.error()));
  }
  if (const Status there = BringUpConsumers(manifest); !there) {
    return Fail(claim_.CleanUpAfter(there.error()));
  }
  if (const Status kept = CheckNothingLost(*verdict); !kept) {
    return Fail(claim_.CleanUpAfter(kept.error()));
  }
  // Otherwise the stream is whole and stays, whatever its replicas do.
  stays_whole_ = !target.scratch && prepared_ == nullptr;
  if (stays_whole_) JETKEEP_TRY(Release());
  if (!current && prepared_ != nullptr) return Fail(claim_.CleanUpAfter(current.error()));
  if (!current) return Fail(current.error());

  RestoreReport report;
  report.backup = manifest.Summary();
  report.stream = target.stream;
  report.messages = verdict->state.messages;
  report.bytes = verdict->state.bytes;
  report.first_sequence = verdict->state.first_sequence;
  report.last_sequence = verdict->state.last_sequence;
  report.consumers = plan_.consumers.archived.size() + plan_.consumers.created.size();
  report.sent_bytes = sent_bytes_;
  report.warnings = std::move(warnings_);
  report.unchecked = plan_.unchecked;
  report.duration_seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return report;
}

// A server of a cluster that was killed right after it had said that the stream is restored came
// back with an empty one (seen on 2.15.3). Whatever clients do, the last sequence never falls.
Status RestoreJob::CheckNothingLost(const StreamInfo& verdict) {
  const auto live = server_.GetStream(plan_.target.stream);
  const std::uint64_t last = verdict.state.last_sequence;
  if (!live || live->state.last_sequence >= last) return {};
  return RestoreMismatch(plan_.target.stream,
                         "the server reported the stream as restored and has lost messages since: "
                         "its last sequence is " +
                             std::to_string(live->state.last_sequence) + " and was " +
                             std::to_string(last));
}

Status RestoreJob::Release() {
  JETKEEP_ASSIGN(const std::vector<std::string> warnings, claim_.Release());
  warnings_.insert(warnings_.end(), warnings.begin(), warnings.end());
  return {};
}

Status RestoreJob::Prepare(const Manifest& manifest, const RestoreTarget& target) {
  if (prepared_ != nullptr) {
    JETKEEP_ASSIGN(plan_, PlanRestore(manifest, target, prepared_->facts));
  } else {
    JETKEEP_ASSIGN(
        plan_, PrepareRestore(server_, job_.repository, manifest, target, Checks::kUntilOneRefuses,
                              *job_.options.clock, job_.cancel));
  }
  if (!plan_.refusals.empty()) return Fail(RefusalOf(plan_));
  warnings_ = plan_.left_out;
  warnings_.insert(warnings_.end(), plan_.warnings.begin(), plan_.warnings.end());
  return {};
}

Error RestoreJob::BlameConsumer(Error error) {
  std::string name = RefusedConsumer(error, plan_.consumers.archived);
  if (name.empty()) return error;
  refused_consumer_ = std::move(name);
  return ConsumerRefusedError(std::move(error), refused_consumer_);
}

Result<StreamInfo> RestoreJob::SendAndVerify(const Manifest& manifest) {
  RestoreInProgress& progress = claim_.progress();
  std::unique_ptr<RecordSource> records;
  JETKEEP_ASSIGN(records, job_.repository.OpenReader(manifest));
  const RestoreTarget& target = plan_.target;
  std::uint64_t rewritten_bytes = 0;
  if (target.rewritten) {
    records =
        std::make_unique<RewrittenRecords>(std::move(records), target.rewrite, rewritten_bytes);
  }
  ArchiveSender sender(
      std::move(records), plan_.form,
      {progress.stream, progress.config_json, manifest.stream_created, progress.state,
       plan_.consumers.archived},
      ChunkBytes(job_.options.restore, plan_.server), job_.options.spool.scratch_directory,
      ExpirySurvey(plan_.times, plan_.config, job_.options.clock->Now()), job_.cancel);
  auto session = server_.BeginRestore(progress.stream, progress.config_json, progress.state,
                                      job_.options.restore, job_.cancel);
  if (!session) {
    if (!Refused(session.error())) claim_.MayHaveBegun();
    return Fail(NameLimit(std::move(session).error()));
  }
  claim_.MayHaveBegun();
  progress.accepted = true;
  progress.heard_at = Clock::now();
  const Status sent = sender.SendTo(**session, [&](const EncodedSoFar& so_far) {
    progress.heard_at = Clock::now();
    job_.observer.OnProgress({so_far.messages.load(), manifest.state.messages, so_far.bytes.load(),
                              manifest.state.bytes});
  });
  sent_bytes_ = sender.sent_bytes();
  if (!sent) {
    server_did_not_unpack_ = sent.error().code == Errc::kServerError;
    progress.verdict_came = sent.error().server_code != 0;
    return Fail(NameLimit(BlameConsumer(sent.error())));
  }
  progress.all_sent = true;
  if (target.rewritten) plan_.expected.bytes = rewritten_bytes;
  WarnWithoutIndex(sender.indexed());
  Result<StreamInfo> verdict = (*session)->Finish(job_.options.restore_verdict_timeout);
  progress.verdict_came = verdict || verdict.error().server_code != 0;
  if (!verdict) {
    server_did_not_unpack_ = verdict.error().code == Errc::kServerError;
    return Fail(NameLimit(BlameConsumer(verdict.error())));
  }
  survey_ = std::make_unique<ExpirySurvey>(sender.survey());
  JETKEEP_TRY(Compare(manifest, *verdict));
  return verdict;
}

void RestoreJob::WarnWithoutIndex(bool indexed) {
  const bool empty = plan_.expected.last_sequence == 0;
  if (indexed || empty || !IndexesMessagesOnly(plan_.server.version)) return;
  warnings_.push_back(
      "the archive was sent without an index, because the scratch directory had no room for it: if "
      "the server's store is encrypted, restart the server before the stream is used; until then "
      "it reads slowly and reports deleted sequences that the stream does not have");
}

std::int64_t RestoreJob::ServerNow() const { return job_.options.clock->Now() + server_ahead_ns_; }

Arrival RestoreJob::Judge(const Manifest& manifest, const StreamInfo& live) const {
  const std::int64_t now = std::max(ServerNow() + kClockSkewNs, live.answered_ns);
  return JudgeArrival(manifest, plan_.times, plan_.expected, live.state, survey_->MayBeGone(now));
}

Status RestoreJob::GoByServersClock(const Manifest& manifest, const StreamInfo& verdict) {
  const StreamConfigFacts& rules = plan_.times;
  if (rules.max_age_ns == 0 && !rules.message_ttl && !rules.message_schedules) return {};
  const std::int64_t now = job_.options.clock->Now();
  server_ahead_ns_ = ClockOffset(verdict.answered_ns, now);
  if (verdict.answered_ns == 0 && !rules.removes_on_ack) {
    const bool as_expected = survey_->Past() == 0 && Judge(manifest, verdict).differences.empty();
    if (!as_expected) {
      server_ahead_ns_ = ClockOffset(TimeByConsumer(server_, plan_.target.stream), now);
    }
  }
  if (server_ahead_ns_ == 0) return {};
  warnings_.push_back(ClocksDiffer(server_ahead_ns_));
  // The survey of what was sent asked this machine's clock.
  ExpirySurvey survey(plan_.times, plan_.config, ServerNow());
  JETKEEP_ASSIGN(const auto records, job_.repository.OpenReader(manifest));
  SurveyedRecords surveyed(*records, survey);
  for (;;) {
    JETKEEP_TRY(job_.cancel.Check());
    JETKEEP_ASSIGN(const RecordView* record, surveyed.Next());
    if (record == nullptr) break;
  }
  survey_ = std::make_unique<ExpirySurvey>(survey);
  return {};
}

Status RestoreJob::Compare(const Manifest& manifest, const StreamInfo& verdict) {
  JETKEEP_TRY(GoByServersClock(manifest, verdict));
  Arrival arrival = Judge(manifest, verdict);
  std::string still_to_go = StillToGo(survey_->Past(), arrival.gone);
  for (std::string& warning : arrival.warnings) warnings_.push_back(std::move(warning));
  if (!still_to_go.empty()) warnings_.push_back(std::move(still_to_go));
  if (arrival.differences.empty()) return {};
  return RestoreMismatch(plan_.target.stream, JoinedDifferences(arrival.differences));
}

Status RestoreJob::BringUpConsumers(const Manifest& manifest) {
  const SentStream& target = claim_.progress();
  RestoredStream stream;
  stream.name = target.stream;
  stream.first_sequence = target.state.first_sequence;
  stream.replicated = plan_.config.replicas > 1;
  stream.removes_on_ack = plan_.config.removes_on_ack;
  stream.messages_went = [&] {
    const auto live = server_.GetStream(target.stream);
    return live && Judge(manifest, *live).gone > 0;
  };
  stream.messages_above = [&](std::uint64_t sequence) {
    return MessagesAbove(manifest, target.state, sequence);
  };
  RestoredConsumers consumers(server_, {.catch_up = job_.options.current_timeout}, job_.cancel);
  Status there = consumers.BringUp(stream, plan_.consumers);
  for (std::string& warning : consumers.TakeWarnings()) warnings_.push_back(std::move(warning));
  JETKEEP_TRY(there);
  JETKEEP_ASSIGN(const std::vector<std::string> chosen,
                 CheckRestoredConfigs(server_, plan_, consumers.made_anew(), job_.cancel));
  // A drill's stream is no restored one.
  if (!plan_.target.scratch) warnings_.insert(warnings_.end(), chosen.begin(), chosen.end());
  return {};
}

}  // namespace jetkeep
