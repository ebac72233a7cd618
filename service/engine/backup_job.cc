#include "service/engine/backup_job.h"

#include <chrono>
#include <random>
#include <utility>

#include "protocol/archive/snapshot_reader.h"
#include "protocol/js_api/restore_token.h"
#include "protocol/js_config/stream_config.h"
#include "protocol/repository/backup_id.h"
#include "service/engine/consumers.h"
#include "service/engine/lineage.h"

namespace jetkeep {
namespace {

std::int64_t NowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::uint64_t RandomBits() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

std::string FirstRanges(const SequenceSet& set) {
  constexpr int kMost = 8;
  std::string text;
  int told = 0;
  for (SequenceSet::Cursor range(set); range.Valid(); range.Next()) {
    if (told++ == kMost) return text + ", …";
    if (!text.empty()) text += ", ";
    text += std::to_string(range.first());
    if (range.last() != range.first()) text += "-" + std::to_string(range.last());
  }
  return text;
}

bool HasErrorsFile(const Captured& captured) {
  for (const ArchiveDamage& damage : captured.damage) {
    if (damage.where == kErrorsFile) return true;
  }
  return false;
}

StreamState StateOfCut(const StreamState& reply, const CutVerdict& verdict) {
  StreamState state = reply;
  state.first_sequence = verdict.first_sequence;
  state.last_sequence = verdict.last_sequence;
  state.messages = verdict.messages;
  state.num_deleted = verdict.deleted.Count() + verdict.lost.Count();
  return state;
}

// Where the cut is not the one that the server replied, its bytes and its first time are nobody's
// figures but those of the records that are live in it.
Status CountRecords(BackupWriter& writer, bool in_memory, Manifest& manifest) {
  StreamState& state = manifest.state;
  state.bytes = 0;
  state.first_time_ns = 0;
  JETKEEP_ASSIGN(const auto reader, writer.ReadBack(manifest));
  return reader->ForEach([&](const RecordView& record) -> Status {
    if (state.first_time_ns == 0) state.first_time_ns = record.timestamp_ns;
    state.bytes += in_memory ? MemoryStoreSize(record) : FileStoreSize(record);
    return {};
  });
}

std::string Describe(const ArchiveDamage& damage) { return damage.where + ": " + damage.what; }

}  // namespace

Result<BackupReport> BackupJob::Run(const std::string& stream, bool keep_damaged) {
  const auto begin = std::chrono::steady_clock::now();
  // A cluster does not answer a snapshot request for a stream that is not there, so this comes
  // first.
  JETKEEP_ASSIGN(const StreamInfo before, server_.GetStream(stream, false));
  JETKEEP_ASSIGN(const ServerIdentity identity, server_.Server());

  const std::int64_t started_ns = NowNs();
  JETKEEP_ASSIGN(const std::string lineage, LineageOf(repository_, stream, before));
  JETKEEP_ASSIGN(const std::vector<std::string> ids, repository_.Ids(stream));
  const std::string id = NewBackupIdAbove(ids, started_ns, RandomBits());
  JETKEEP_ASSIGN(const auto writer, repository_.BeginBackup(stream, lineage, id));
  observer_.OnStarted(writer->id(), stream);

  const CaptureOptions capture_options{options_.snapshot, options_.spool};
  JETKEEP_ASSIGN(CaptureResult capture,
                 Capture(server_, stream, capture_options, *writer, observer_, cancel_));
  // A stream that was deleted and made again meanwhile is another one, whatever its numbers say.
  JETKEEP_ASSIGN(const StreamInfo now, server_.GetStream(stream, false));
  if (now.created != before.created) {
    return Fail(Errc::kStreamChanged, "stream " + stream + " was made anew during the snapshot");
  }
  JETKEEP_ASSIGN(CutVerdict verdict, Judge(stream, capture));
  JETKEEP_TRY(CheckDamage(capture, verdict, keep_damaged));
  JETKEEP_ASSIGN(const StreamConfigFacts facts, ReadStreamConfig(capture.reply.config_json));
  JETKEEP_ASSIGN(const std::vector<ConsumerInfo> listed, server_.Consumers(stream));
  ConsumersOfCut consumers = MergeConsumers(std::move(capture.captured.consumers), listed,
                                            capture.reply.state.last_sequence, NowNs());
  for (std::string& warning : consumers.warnings) warnings_.push_back(std::move(warning));
  JETKEEP_TRY(cancel_.Check());

  Manifest manifest;
  manifest.account = repository_.account();
  manifest.stream = stream;
  manifest.lineage = lineage.empty() ? id : lineage;
  manifest.started_ns = started_ns;
  manifest.condition =
      verdict.lost.empty() ? BackupCondition::kComplete : BackupCondition::kDamaged;
  manifest.config_json = WithoutRestoreToken(capture.reply.config_json);
  manifest.stream_created = before.created;
  manifest.state_json = capture.reply.state_json;
  manifest.state = StateOfCut(capture.reply.state, verdict);
  manifest.state.consumer_count = consumers.consumers.size();
  manifest.server = identity;
  manifest.archive_format = capture.archive.format;
  manifest.consumers = std::move(consumers.consumers);
  manifest.deleted = std::move(verdict.deleted);
  manifest.lost = std::move(verdict.lost);
  manifest.damage = std::move(capture.captured.damage);
  manifest.warnings = warnings_;
  if (!verdict.as_replied) JETKEEP_TRY(CountRecords(*writer, facts.in_memory, manifest));
  JETKEEP_ASSIGN(const Manifest written, writer->Finish(std::move(manifest), NowNs()));
  BackupSummary summary = written.Summary();

  observer_.OnProgress({summary.messages, summary.messages, summary.bytes, summary.bytes});
  BackupReport report;
  report.backup = std::move(summary);
  report.duration_seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  report.warnings = std::move(warnings_);
  return report;
}

Result<CutVerdict> BackupJob::Judge(const std::string& stream, const CaptureResult& capture) {
  const StreamState& reply = capture.reply.state;
  const ArchiveSequences& archive = capture.captured.sequences;
  // Where records could not be read, equal counts prove nothing: a lost message and a record that
  // is dead without a mark would cancel out.
  if (capture.captured.damage_count == 0) {
    if (auto verdict = JudgeByArchive(reply, archive)) return std::move(*verdict);
  }
  JETKEEP_ASSIGN(const StreamInfo info, server_.GetStream(stream, true));
  AfterCopy after;
  after.first_sequence = info.state.first_sequence;
  after.last_sequence = info.state.last_sequence;
  for (const std::uint64_t sequence : info.deleted) after.deleted.Add(sequence);
  CutVerdict verdict = JudgeWithServer(reply, archive, after);
  // True to the letter and of no use: nothing of a stream that was never empty.
  if (!verdict.as_replied && verdict.messages == 0 && verdict.lost.empty() && reply.messages > 0 &&
      info.state.messages > 0) {
    return Fail(Errc::kStreamChanged,
                "every message of the snapshot of stream " + stream +
                    " had left the stream when the copy ended",
                "The stream's limits remove messages faster than they can be copied.");
  }
  if (verdict.removed_during_copy > 0) {
    warnings_.push_back(
        std::to_string(verdict.removed_during_copy) +
        " messages were removed from the stream while it was copied; the backup holds what "
        "the stream held at the end of the copy");
  }
  return verdict;
}

Status BackupJob::CheckDamage(const CaptureResult& capture, const CutVerdict& verdict,
                              bool keep_damaged) {
  const Captured& captured = capture.captured;
  if (verdict.lost.empty() && captured.damage.empty()) return {};
  if (verdict.lost.empty() && !HasErrorsFile(captured)) {
    // The damage lies in records that are no part of the stream any more.
    warnings_.push_back(
        "the server's files hold damage that no message of this backup is touched by, first " +
        Describe(captured.damage.front()));
    return {};
  }
  std::string what = captured.damage.empty() ? std::string("the archive ends well but is short")
                                             : Describe(captured.damage.front());
  if (!verdict.lost.empty()) {
    what += "; " + std::to_string(verdict.lost.Count()) + " messages are missing, sequences " +
            FirstRanges(verdict.lost);
  }
  if (keep_damaged && !verdict.lost.empty()) {
    warnings_.push_back(what);
    return {};
  }
  return Fail(
      Errc::kSnapshotIncomplete, std::move(what),
      "The server could not read its own files, or removed messages while they were copied.");
}

}  // namespace jetkeep
