#include "service/engine/restore/restore_job.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include "protocol/js_api/server_version.h"
#include "service/engine/restore/archive_sender.h"
#include "service/engine/restore/arrival.h"
#include "service/engine/restore/restore_check.h"
#include "service/engine/restore/restore_grants.h"
#include "service/engine/restore/restored_config.h"
#include "service/engine/restore/restored_consumers.h"

namespace jetkeep {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPoll{100};
// How far the clocks of this machine and of a server that does not tell the time may differ.
constexpr std::int64_t kClockSkewNs = 60'000'000'000;

bool AllCurrent(const StreamInfo& info) {
  return std::all_of(info.replicas.begin(), info.replicas.end(), [](const ReplicaInfo& replica) {
    return replica.current && !replica.offline;
  });
}

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
  observer_.OnStarted(manifest.id, target.stream);
  JETKEEP_TRY(MakePlan(manifest, target));
  JETKEEP_TRY(CheckBackup(manifest));

  JETKEEP_TRY(CheckRestoreGrants(server_, plan_));

  for (std::string& warning :
       claim_.Begin(manifest, plan_, server_identity_, options_.clock->Now())) {
    warnings_.push_back(std::move(warning));
  }
  Result<StreamInfo> verdict = BringBack(manifest);
  if (!verdict) return Fail(claim_.CleanUpAfter(std::move(verdict).error()));
  const Status current = WaitCurrent(target.stream);
  if (!current && current.error().code == Errc::kCancelled) {
    return Fail(claim_.CleanUpAfter(current.error()));
  }
  if (const Status there = BringUpConsumers(manifest); !there) {
    return Fail(claim_.CleanUpAfter(there.error()));
  }
  // Otherwise the stream is whole and stays, whatever its replicas do.
  if (!target.scratch) JETKEEP_TRY(Release());
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

Status RestoreJob::Release() {
  JETKEEP_ASSIGN(const std::vector<std::string> warnings, claim_.Release());
  warnings_.insert(warnings_.end(), warnings.begin(), warnings.end());
  return {};
}

Status RestoreJob::MakePlan(const Manifest& manifest, const RestoreTarget& target) {
  JETKEEP_ASSIGN(const ServerFacts facts,
                 GatherServerFacts(server_, target.config_json, *options_.clock, cancel_));
  server_identity_ = facts.identity;
  JETKEEP_ASSIGN(plan_, PlanRestore(manifest, target, facts));
  warnings_ = plan_.warnings;
  if (plan_.refusals.empty()) return {};
  Error refusal = plan_.refusals.front();
  if (refusal.code == Errc::kStreamExists) return Fail(NameTaken(server_, target.stream));
  for (std::size_t i = 1; i < plan_.refusals.size(); ++i) {
    refusal.message += "; besides, " + plan_.refusals[i].message;
  }
  return Fail(std::move(refusal));
}

Status RestoreJob::CheckBackup(const Manifest& manifest) {
  JETKEEP_ASSIGN(const VerifyResult result, repository_.CheckStored(manifest, cancel_));
  if (result.ok()) return {};
  return Fail(Errc::kRepositoryCorrupt,
              "backup " + manifest.id + ": " + JoinedDifferences(result.findings),
              "Nothing was sent to the server. Restore another backup; `jetkeep list` shows them.");
}

Error RestoreJob::BlameConsumer(Error error) {
  constexpr std::uint32_t kRestoreFailed = 10062;
  const bool of_its_own = error.server_code != 0 && error.server_code != kRestoreFailed;
  if (error.code != Errc::kServerError || !of_its_own) return error;
  for (const ConsumerBackup& consumer : plan_.consumers.archived) {
    if (error.message.find("consumer [\"" + consumer.name + "\"]") == std::string::npos) continue;
    refused_consumer_ = consumer.name;
    error.code = Errc::kConsumerRefused;
    error.message = "the server refuses consumer " + consumer.name + ": " + error.message;
    error.hint =
        "Jetkeep removed what it had sent. Restore with --skip-refused-consumers (field "
        "skip_refused_consumers) without the consumer.";
    return error;
  }
  return error;
}

Result<StreamInfo> RestoreJob::BringBack(const Manifest& manifest) {
  RestoreInProgress& progress = claim_.progress();
  JETKEEP_ASSIGN(auto reader, repository_.OpenReader(manifest));
  ArchiveSender sender(std::move(reader), plan_.form,
                       {progress.stream, progress.config_json, manifest.stream_created,
                        progress.state, plan_.consumers.archived},
                       ChunkBytes(options_.restore, server_identity_),
                       options_.spool.scratch_directory,
                       ExpirySurvey(plan_.times, plan_.config, options_.clock->Now()), cancel_);
  auto session = server_.BeginRestore(progress.stream, progress.config_json, progress.state,
                                      options_.restore, cancel_);
  if (!session) {
    if (!Refused(session.error())) claim_.MayHaveBegun();
    return Fail(std::move(session).error());
  }
  claim_.MayHaveBegun();
  progress.accepted = true;
  const Status sent = sender.SendTo(**session, [&](const EncodedSoFar& so_far) {
    observer_.OnProgress({so_far.messages.load(), manifest.state.messages, so_far.bytes.load(),
                          manifest.state.bytes});
  });
  sent_bytes_ = sender.sent_bytes();
  if (!sent) {
    server_did_not_unpack_ = sent.error().code == Errc::kServerError;
    progress.verdict_came = sent.error().server_code != 0;
    return Fail(BlameConsumer(sent.error()));
  }
  progress.all_sent = true;
  WarnWithoutIndex(sender.indexed());
  Result<StreamInfo> verdict = (*session)->Finish(options_.restore_verdict_timeout);
  progress.verdict_came = verdict || verdict.error().server_code != 0;
  if (!verdict) {
    server_did_not_unpack_ = verdict.error().code == Errc::kServerError;
    return Fail(BlameConsumer(verdict.error()));
  }
  survey_ = std::make_unique<ExpirySurvey>(sender.survey());
  JETKEEP_TRY(Compare(manifest, *verdict));
  return verdict;
}

void RestoreJob::WarnWithoutIndex(bool indexed) {
  const bool empty = plan_.expected.last_sequence == 0;
  if (indexed || empty || !IndexesMessagesOnly(server_identity_.version)) return;
  warnings_.push_back(
      "the archive was sent without an index, because the scratch directory had no room for it: if "
      "the server's store is encrypted, restart the server before the stream is used; until then "
      "it reads slowly and reports deleted sequences that the stream does not have");
}

Arrival RestoreJob::Judge(const Manifest& manifest, const StreamInfo& live) const {
  const std::int64_t now = std::max(options_.clock->Now() + kClockSkewNs, live.answered_ns);
  return JudgeArrival(manifest, plan_.times, plan_.expected, live.state, survey_->MayBeGone(now));
}

Status RestoreJob::Compare(const Manifest& manifest, const StreamInfo& verdict) {
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
  RestoredConsumers consumers(server_, {.catch_up = options_.current_timeout}, cancel_);
  Status there = consumers.BringUp(stream, plan_.consumers);
  for (std::string& warning : consumers.TakeWarnings()) warnings_.push_back(std::move(warning));
  JETKEEP_TRY(there);
  return CheckRestoredConfigs(server_, plan_, consumers.made_anew());
}

Status RestoreJob::WaitCurrent(const std::string& stream) {
  const auto deadline = Clock::now() + options_.current_timeout;
  for (;;) {
    JETKEEP_TRY(cancel_.Check());
    const Result<StreamInfo> info = server_.GetStream(stream);
    if (info && AllCurrent(*info)) return {};
    if (Clock::now() >= deadline) {
      return Fail(Errc::kRestoreNotCurrent,
                  "the replicas of stream " + stream + " did not become current in time" +
                      (info ? "" : ": " + info.error().message),
                  "The stream is complete on its leader and was kept. Look at the cluster.");
    }
    std::this_thread::sleep_for(kPoll);
  }
}

}  // namespace jetkeep
