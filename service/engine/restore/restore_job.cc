#include "service/engine/restore/restore_job.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>
#include <thread>
#include <utility>

#include "protocol/js_api/raw_json.h"
#include "protocol/js_api/restore_token.h"
#include "protocol/js_api/server_version.h"
#include "protocol/js_config/consumer_config.h"
#include "protocol/js_config/stream_config.h"
#include "protocol/repository/backup_id.h"
#include "protocol/subjects/match.h"
#include "service/engine/restore/archive_sender.h"
#include "service/engine/restore/restore_check.h"
#include "service/engine/restore/restored_consumers.h"
#include "service/engine/restore/token_removal.h"
#include "service/telemetry/log.h"

namespace jetkeep {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPoll{100};
// Each costs a request.
constexpr std::size_t kMaxStreamsCompared = 2000;

bool AllCurrent(const StreamInfo& info) {
  return std::all_of(info.replicas.begin(), info.replicas.end(), [](const ReplicaInfo& replica) {
    return replica.current && !replica.offline;
  });
}

bool HasConsumerInMemory(const Manifest& manifest) {
  return std::any_of(
      manifest.consumers.begin(), manifest.consumers.end(),
      [](const auto& consumer) { return ReadConsumerConfig(consumer.config_json).in_memory; });
}

std::int64_t WallClockNow() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
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
      return false;
    default:
      return true;
  }
}

std::string NewRestoreToken() {
  std::random_device random;
  const std::uint64_t high = std::uint64_t{random()} << 32 | random();
  return MakeRestoreToken(high, std::uint64_t{random()} << 32 | random());
}

Result<std::vector<std::string>> StreamSubjects(std::string_view config_json) {
  std::vector<std::string> subjects;
  JETKEEP_ASSIGN(const auto raw, FindRawMember(config_json, "subjects"));
  if (!raw) return subjects;
  JETKEEP_TRY(ForEachElement(*raw, [&](std::string_view value) -> Status {
    JETKEEP_ASSIGN(std::string subject, RawString(value));
    subjects.push_back(std::move(subject));
    return {};
  }));
  return subjects;
}

std::size_t ChunkBytes(const RestoreOptions& options, const ServerIdentity& server) {
  if (server.max_payload == 0) return options.chunk_bytes;  // not told
  return std::min<std::size_t>(options.chunk_bytes, server.max_payload);
}

void Discard(RestoreMark& mark) {
  if (const Status removed = mark.Remove(); !removed) {
    log::Warn("cannot remove the record of a restore",
              {{"restore", mark.record().id}, {"error", removed.error().message}});
  }
}

}  // namespace

RestoreTarget SameStream(const Manifest& manifest) {
  return {manifest.stream, manifest.config_json};
}

Result<RestoreReport> RestoreJob::Run(const Manifest& manifest, const RestoreTarget& target) {
  const auto begin = Clock::now();
  observer_.OnStarted(manifest.id, target.stream);
  JETKEEP_TRY(CheckTarget(manifest, target));
  JETKEEP_TRY(CheckBackup(manifest));
  JETKEEP_ASSIGN(consumers_, PlanConsumers(manifest.consumers, use_v2_, removes_on_ack_));
  warnings_.insert(warnings_.end(), consumers_.warnings.begin(), consumers_.warnings.end());

  if (!target.scratch) JETKEEP_TRY(CheckMayUpdate(server_, target.stream));

  progress_ = Begin(manifest, target);
  Mark(manifest, WallClockNow());
  Result<StreamInfo> verdict = BringBack(manifest, progress_);
  if (!verdict) return Fail(CleanUpAfter(std::move(verdict).error()));
  const Status current = WaitCurrent(target.stream);
  if (!current && current.error().code == Errc::kCancelled) {
    return Fail(CleanUpAfter(current.error()));
  }
  if (const Status there = BringUpConsumers(manifest, progress_); !there) {
    return Fail(CleanUpAfter(there.error()));
  }
  // Otherwise the stream is whole and stays, whatever its replicas do.
  if (!target.scratch) JETKEEP_TRY(End());
  if (!current) return Fail(current.error());

  RestoreReport report;
  report.backup = manifest.Summary();
  report.stream = target.stream;
  report.messages = verdict->state.messages;
  report.bytes = verdict->state.bytes;
  report.first_sequence = verdict->state.first_sequence;
  report.last_sequence = verdict->state.last_sequence;
  report.consumers = manifest.consumers.size();
  report.sent_bytes = sent_bytes_;
  report.warnings = std::move(warnings_);
  report.duration_seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  return report;
}

RestoreInProgress RestoreJob::Begin(const Manifest& manifest, const RestoreTarget& target) {
  RestoreInProgress progress;
  progress.stream = target.stream;
  progress.config_json = target.config_json;
  progress.state = StateAfterRestore(manifest);
  progress.scratch = target.scratch;
  const std::string token = NewRestoreToken();
  // Only clusters keep a name without a stream, so only there it has to be told apart.
  const bool alone = !server_identity_.version.empty() && server_identity_.cluster.empty();
  TokenPlaces places{KeepsMetadata(server_identity_.version), !alone};
  auto marked = WithRestoreToken(target.config_json, token, places);
  if (!marked && places.metadata) {
    places.metadata = false;
    marked = WithRestoreToken(target.config_json, token, places);
  }
  if (marked) {
    progress.config_json = std::move(*marked);
    progress.token = token;
  } else {
    log::Warn("a failed restore could not be cleaned up",
              {{"stream", target.stream}, {"error", marked.error().message}});
  }
  return progress;
}

void RestoreJob::Mark(const Manifest& manifest, std::int64_t started_ns) {
  RestoreRecord record;
  std::random_device random;
  record.id = NewBackupId(started_ns, (std::uint64_t{random()} << 32) | random());
  record.backup_id = manifest.id;
  record.account = repository_.account();
  record.server_name = server_identity_.name;
  record.cluster = server_identity_.cluster;
  record.stream = progress_.stream;
  record.config_json = progress_.config_json;
  record.stream_created = manifest.stream_created;
  record.state = progress_.state;
  record.started_ns = started_ns;
  record.scratch = progress_.scratch;
  record.token = progress_.token;
  auto mark = repository_.MarkRestore(record);
  if (mark) {
    mark_ = std::move(*mark);
    return;
  }
  // A repository that is full, or can only be read, is no reason to leave a stream lost.
  warnings_.push_back(
      "the restore is not recorded (" + mark.error().message +
      "): had jetkeep been killed, its remains would have had to be removed by hand");
}

Error RestoreJob::CleanUpAfter(Error error) {
  // Another process goes on in this one's place: its record, its clean-up.
  if (error.code == Errc::kLeaseLost) return error;
  if (may_have_begun_) {
    const auto remains = RemoveRemains(server_, progress_, CancelToken());
    if (!remains && remains.error().code == Errc::kLeaseLost) return remains.error();
    if (!remains) {
      error.message += " (and " + remains.error().message + ")";
      if (error.hint.empty()) error.hint = remains.error().hint;
      return error;  // the record stays for another try
    }
    if (*remains != Remains::kGone && error.code != Errc::kStreamExists) {
      const Error left = LeftAlone(*remains, progress_.stream);
      error.message += " (and " + left.message + ")";
      error.hint = left.hint;
    }
    if (*remains == Remains::kInUse) LetGo();
  }
  if (mark_) Discard(*mark_);
  return error;
}

void RestoreJob::LetGo() {
  const auto out = TakeOutToken(server_, progress_.stream, progress_.token, CancelToken());
  if (!out) {
    log::Warn("the token of a restore stays in a stream",
              {{"stream", progress_.stream}, {"error", out.error().message}});
  }
}

Status RestoreJob::End() {
  if (!progress_.token.empty()) {
    auto changed = TakeOutToken(server_, progress_.stream, progress_.token, CancelToken());
    if (!changed) {
      // The record stays: the next start, or another process, takes the token out.
      Error error = std::move(changed).error();
      error.message += "; the stream is whole and was left there";
      return Fail(std::move(error));
    }
    warnings_.insert(warnings_.end(), changed->begin(), changed->end());
  }
  if (mark_) Discard(*mark_);
  return {};
}

Status RestoreJob::RemoveScratch() {
  JETKEEP_ASSIGN(const Remains remains, RemoveRemains(server_, progress_, CancelToken()));
  if (mark_) JETKEEP_TRY(mark_->Remove());
  if (remains == Remains::kGone) return {};
  return Fail(LeftAlone(remains, progress_.stream));
}

Status RestoreJob::CheckTarget(const Manifest& manifest, const RestoreTarget& target) {
  JETKEEP_ASSIGN(const StreamConfigFacts facts, ReadStreamConfig(target.config_json));
  max_age_ns_ = facts.max_age_ns;
  removes_on_ack_ = facts.removes_on_ack;
  replicated_ = facts.replicas > 1;
  // Some servers go by the name in the configuration, not by the one asked for.
  if (facts.name != target.stream) {
    return Fail(Errc::kRepositoryCorrupt,
                "the configuration for stream " + target.stream + " is that of " + facts.name);
  }
  JETKEEP_ASSIGN(const std::vector<std::string> names, server_.StreamNames());
  if (std::find(names.begin(), names.end(), target.stream) != names.end())
    return Fail(NameTaken(server_, target.stream));
  JETKEEP_ASSIGN(server_identity_, server_.Server());
  const ServerIdentity& identity = server_identity_;
  if (facts.in_memory && !RestoresIntoMemory(identity.version)) {
    return Fail(Errc::kRestoreRefused,
                "stream " + target.stream + " is kept in memory, and server " +
                    (identity.version.empty() ? "of unknown version" : identity.version) +
                    " would restore none of its messages",
                "Servers from 2.15 restore streams into memory.");
  }
  if (PurgesFromFirstSeq(identity.version) && facts.first_sequence != 0 &&
      manifest.state.messages != 0 && manifest.state.first_sequence <= facts.first_sequence) {
    return Fail(Errc::kRestoreRefused,
                "stream " + target.stream + " begins at its first_seq, " +
                    std::to_string(facts.first_sequence) + ", and server " + identity.version +
                    " would remove all of its messages",
                "Nothing was sent. Servers 2.10.0 to 2.10.27 empty such a stream whenever they "
                "start or restore it; restore it to 2.10.28 or later.");
  }
  // The server only unpacks v1, but stores v2 message by message; what lives in memory comes back
  // only from v2. In a cluster a consumer in memory loses its state either way.
  const bool alone = identity.cluster.empty();
  use_v2_ = facts.in_memory ||
            (alone && RestoresIntoMemory(identity.version) && HasConsumerInMemory(manifest));
  JETKEEP_TRY(CheckSubjects(target, names));
  if (!manifest.lost.empty()) {
    warnings_.push_back("the backup is damaged: " + std::to_string(manifest.lost.Count()) +
                        " messages could not be read when it was taken and are not restored");
  }
  return {};
}

Status RestoreJob::CheckSubjects(const RestoreTarget& target,
                                 const std::vector<std::string>& names) {
  // The server would say so, too, but only at the very end.
  JETKEEP_ASSIGN(const auto wanted, StreamSubjects(target.config_json));
  if (wanted.empty() || names.size() > kMaxStreamsCompared) return {};
  for (const std::string& name : names) {
    JETKEEP_TRY(cancel_.Check());
    const Result<StreamInfo> live = server_.GetStream(name, false);
    if (!live) continue;  // removed since, or out of reach: the server decides
    const auto taken = StreamSubjects(live->config_json);
    if (!taken) continue;
    for (const std::string& subject : wanted) {
      for (const std::string& other : *taken) {
        if (!SubjectsOverlap(subject, other)) continue;
        return Fail(Errc::kRestoreRefused,
                    "subject " + subject + " of stream " + target.stream + " overlaps subject " +
                        other + " of stream " + name,
                    "Nothing was sent. Change the subjects of stream " + name +
                        " or delete it, then restore again.");
      }
    }
  }
  return {};
}

Status RestoreJob::CheckBackup(const Manifest& manifest) {
  JETKEEP_ASSIGN(const VerifyResult result, repository_.CheckStored(manifest, cancel_));
  if (result.ok()) return {};
  return Fail(Errc::kRepositoryCorrupt,
              "backup " + manifest.id + ": " + JoinedDifferences(result.findings),
              "Nothing was sent to the server. Restore another backup; list shows them.");
}

Result<StreamInfo> RestoreJob::BringBack(const Manifest& manifest, RestoreInProgress& progress) {
  JETKEEP_ASSIGN(auto reader, repository_.OpenReader(manifest));
  ArchiveSender sender(std::move(reader), manifest, FormFor(server_identity_.version, use_v2_),
                       {progress.stream, progress.config_json, manifest.stream_created,
                        progress.state, consumers_.archived},
                       ChunkBytes(options_.restore, server_identity_),
                       options_.spool.scratch_directory, cancel_);
  auto session = server_.BeginRestore(progress.stream, progress.config_json, progress.state,
                                      options_.restore, cancel_);
  if (!session) {
    may_have_begun_ = !Refused(session.error());
    return Fail(std::move(session).error());
  }
  may_have_begun_ = true;
  progress.accepted = true;
  const Status sent = sender.SendTo(**session, [&](const EncodedSoFar& so_far) {
    observer_.OnProgress({so_far.messages.load(), manifest.state.messages, so_far.bytes.load(),
                          manifest.state.bytes});
  });
  sent_bytes_ = sender.sent_bytes();
  if (!sent) {
    server_did_not_unpack_ = sent.error().code == Errc::kServerError;
    progress.verdict_came = sent.error().server_code != 0;
    return Fail(sent.error());
  }
  progress.all_sent = true;
  WarnWithoutIndex(sender.indexed());
  Result<StreamInfo> verdict = (*session)->Finish(options_.restore_verdict_timeout);
  progress.verdict_came = verdict || verdict.error().server_code != 0;
  if (!verdict) {
    server_did_not_unpack_ = verdict.error().code == Errc::kServerError;
    return verdict;
  }
  JETKEEP_TRY(Compare(progress, *verdict));
  return verdict;
}

void RestoreJob::WarnWithoutIndex(bool indexed) {
  if (indexed || !IndexesMessagesOnly(server_identity_.version)) return;
  warnings_.push_back(
      "the archive was sent without an index, because the scratch directory could not hold it: if "
      "the server's store is encrypted, restart the server before the stream is used; until then "
      "it reads slowly and lists sequences as deleted that the stream does not have");
}

Status RestoreJob::Compare(const RestoreInProgress& target, const StreamInfo& verdict) {
  const std::vector<std::string> differences = CompareStates(target.state, verdict.state);
  if (differences.empty()) return {};
  // Messages past their age go as soon as the stream lives again; that is the stream's own rule.
  const bool only_expired = max_age_ns_ > 0 &&
                            verdict.state.last_sequence == target.state.last_sequence &&
                            verdict.state.messages < target.state.messages;
  if (only_expired) {
    warnings_.push_back(std::to_string(target.state.messages - verdict.state.messages) +
                        " messages were past the stream's max_age and expired at once");
    return {};
  }
  return RestoreMismatch(target.stream, JoinedDifferences(differences));
}

Status RestoreJob::BringUpConsumers(const Manifest& manifest, const RestoreInProgress& target) {
  RestoredStream stream;
  stream.name = target.stream;
  stream.first_sequence = target.state.first_sequence;
  stream.replicated = replicated_;
  stream.removes_on_ack = removes_on_ack_;
  stream.messages_above = [&](std::uint64_t sequence) {
    return MessagesAbove(manifest, target.state, sequence);
  };
  RestoredConsumers consumers(server_, {.catch_up = options_.current_timeout}, cancel_);
  Status there = consumers.BringUp(stream, consumers_);
  for (std::string& warning : consumers.TakeWarnings()) warnings_.push_back(std::move(warning));
  return there;
}

Status RestoreJob::WaitCurrent(const std::string& stream) {
  const auto deadline = Clock::now() + options_.current_timeout;
  for (;;) {
    JETKEEP_TRY(cancel_.Check());
    const Result<StreamInfo> info = server_.GetStream(stream, false);
    if (info && AllCurrent(*info)) return {};
    if (Clock::now() >= deadline) {
      return Fail(Errc::kRestoreNotCurrent,
                  "the replicas of stream " + stream + " did not become current in time" +
                      (info ? "" : ": " + info.error().message),
                  "The stream is whole on its leader and was left there; look at the cluster.");
    }
    std::this_thread::sleep_for(kPoll);
  }
}

}  // namespace jetkeep
