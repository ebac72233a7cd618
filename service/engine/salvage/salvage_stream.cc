#include "service/engine/salvage/salvage_stream.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "protocol/base/join.h"
#include "protocol/base/names.h"
#include "protocol/base/time.h"
#include "protocol/cli_layout/backup_json.h"
#include "protocol/js_config/restore_token.h"
#include "protocol/js_config/stream_config.h"
#include "protocol/json/json_layout.h"
#include "protocol/json/raw_json.h"
#include "protocol/repository/backup_id.h"
#include "protocol/sequences/sequences_text.h"
#include "service/engine/backup/consumers.h"
#include "service/engine/backup/count_records.h"
#include "service/engine/backup/subject_rules.h"
#include "service/engine/salvage/store_meta.h"
#include "service/engine/transfer/store_use.h"
#include "service/work/ids.h"

namespace jetkeep {
namespace {

constexpr std::int64_t kNsPerSecond = 1'000'000'000;

using Readers = std::vector<std::unique_ptr<ReplicaReader>>;

// When the files were written last, as far as they say: a copy may have its own times.
std::int64_t NewestChange(const StreamDirectory& directory) {
  std::int64_t newest = 0;
  const auto messages = directory.folder.OpenFolder("msgs");
  if (!messages) return 0;
  const auto entries = messages->List();
  if (!entries) return 0;
  for (const SourceEntry& entry : *entries) {
    struct stat about {};
    if (fstatat(messages->descriptor(), entry.name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0) {
      continue;
    }
    newest = std::max(newest, std::int64_t{about.st_mtim.tv_sec} * kNsPerSecond +
                                  std::int64_t{about.st_mtim.tv_nsec});
  }
  return newest;
}

// When the only block, an empty one, was written.
std::int64_t TimeOfFirstBlock(const StreamDirectory& directory) {
  const auto messages = directory.folder.OpenFolder("msgs");
  struct stat about {};
  if (!messages || fstatat(messages->descriptor(), "1.blk", &about, AT_SYMLINK_NOFOLLOW) != 0) {
    return 0;
  }
  return std::int64_t{about.st_mtim.tv_sec} * kNsPerSecond + std::int64_t{about.st_mtim.tv_nsec};
}

class StreamSalvage {
 public:
  StreamSalvage(const StreamToSalvage& stream, const SalvageContext& context)
      : stream_(stream), context_(context) {}

  SalvagedStream Run();

 private:
  Status Salvage();
  Status ReadConfig();
  Status Look(std::vector<Digest>& looks) const;
  Readers OpenReaders() const;
  Status Read(BackupWriter& writer);
  void TakeFindings(const Readers& readers);
  void JudgeMissing(const ReplicaFindings& findings);
  Status ApplyLimits(BackupWriter& writer);
  Status RemoveReplaced(BackupWriter& writer);
  Status RemoveOverBytes(BackupWriter& writer);
  void RemoveOverCount();
  void SetState();
  void SplitAbsent();
  void ExplainHead();
  bool OldestHaveExpired() const;
  void JudgeEmpty(const StreamDirectory& directory);
  void TakeConsumers();
  Status KeepVariants(std::int64_t time_ns);
  Status KeepVariant(std::size_t variant, std::int64_t time_ns);
  Status CheckUnchanged() const;
  Manifest NewManifest() const;
  std::string OriginJson(std::size_t variant) const;
  std::string Shown(std::size_t directory, const std::string& where) const {
    return stream_.directories.size() == 1 ? where
                                           : stream_.directories[directory].shown + ": " + where;
  }

  const StreamToSalvage& stream_;
  const SalvageContext& context_;
  SalvagedStream result_;
  Manifest manifest_;
  StreamConfigFacts facts_;
  std::vector<Digest> looks_;
  std::size_t most_variants_ = 1;

  SequenceSet present_;  // in any directory
  SequenceSet deleted_;  // in any directory
  SequenceSet compacted_;
  SequenceSet live_;
  SequenceSet damaged_;
  SequenceSet unknown_;
  SequenceSet missing_;  // a fresh index counts them
  SequenceSet head_;     // unknown, and below all that is there
  std::int64_t first_time_ns_ = 0;
  std::uint64_t smallest_ = ~std::uint64_t{0};  // of the messages, as the store counts it
  bool limits_remove_oldest_ = false;           // max_msgs or max_bytes, as what is there proves
  std::uint64_t last_ = 0;
  std::int64_t last_time_ns_ = 0;
};

// From the first directory whose configuration can be read and passes its checksum, else from the
// first one where it can be read.
Status StreamSalvage::ReadConfig() {
  std::optional<Error> first_error;
  std::string from;
  std::string config;
  for (const StreamDirectory& directory : stream_.directories) {
    auto meta =
        ReadStoredStreamMeta(directory.folder, {stream_.account, stream_.stream}, context_.secrets);
    if (!meta) {
      if (stream_.directories.size() > 1) {
        result_.warnings.push_back(directory.shown + ": " + meta.error().message);
      }
      if (!first_error) first_error = std::move(meta).error();
      continue;
    }
    if (!meta->problem.empty()) {
      result_.AddDamage(directory.shown + ": meta.inf", meta->problem);
    }
    const bool in_doubt = !meta->problem.empty();
    const bool better = result_.config_in_doubt && !in_doubt;
    const std::string text = CompactJson(meta->config_json);
    if (!from.empty() && text != config) {
      result_.warnings.push_back("the configurations in " + from + " and " + directory.shown +
                                 " differ; that of " + (better ? directory.shown : from) +
                                 " is taken");
    }
    if (!from.empty() && !better) continue;
    from = directory.shown;
    config = text;
    manifest_.stream_created = meta->created;
    result_.config_in_doubt = in_doubt;
  }
  if (!stream_.config_json.empty()) {
    if (from.empty()) {
      result_.warnings.emplace_back(
          "the configuration is the one that was given: the stream's own cannot be read");
      config = CompactJson(stream_.config_json);
    } else {
      result_.warnings.emplace_back(
          "the configuration that was given is not used: the stream's own can be read");
    }
  }
  if (config.empty()) return Fail(*std::move(first_error));
  manifest_.config_json = WithoutRestoreToken(config);
  JETKEEP_ASSIGN(facts_, FaultAs(ReadStreamConfig(manifest_.config_json), Errc::kArchiveCorrupt,
                                 "configuration"));
  if (facts_.name != stream_.stream) {
    return Fail(Errc::kUsage, "the configuration is of stream \"" + facts_.name + "\"");
  }
  if (facts_.in_memory) {
    return Fail(Errc::kArchiveUnsupported, "the stream is in memory: its messages were in no file");
  }
  return {};
}

Status StreamSalvage::Look(std::vector<Digest>& looks) const {
  for (const StreamDirectory& directory : stream_.directories) {
    JETKEEP_ASSIGN(const Digest look, LookAt(directory.path));
    looks.push_back(look);
  }
  return {};
}

Status StreamSalvage::CheckUnchanged() const {
  std::vector<Digest> now;
  JETKEEP_TRY(Look(now));
  if (now == looks_) return {};
  return Fail(Errc::kJobConflict, "somebody writes to the stream's files",
              "Stop the server, or copy its directory, and salvage again. Nothing was kept.");
}

Readers StreamSalvage::OpenReaders() const {
  Readers readers;
  for (const StreamDirectory& directory : stream_.directories) {
    readers.push_back(std::make_unique<ReplicaReader>(directory.folder,
                                                      ReplicaPlace{stream_.account, stream_.stream},
                                                      context_.secrets, context_.cancel));
  }
  return readers;
}

Status StreamSalvage::Read(BackupWriter& writer) {
  Readers readers = OpenReaders();
  ReplicaMerge merge(readers, 0);
  JETKEEP_TRY(merge.ForEach([&](const RecordView& record) -> Status {
    if (first_time_ns_ == 0) first_time_ns_ = record.timestamp_ns;
    smallest_ = std::min(smallest_, FileStoreSize(record));
    return writer.AddRecord(record);
  }));
  most_variants_ = merge.most_variants();
  result_.disputed = merge.disputed();
  result_.disputes = merge.disputes();
  TakeFindings(readers);
  return {};
}

void StreamSalvage::TakeFindings(const Readers& readers) {
  for (std::size_t i = 0; i < readers.size(); ++i) {
    const ReplicaFindings& findings = readers[i]->findings();
    present_.Union(findings.present);
    deleted_.Union(findings.deleted);
    compacted_.Union(findings.compacted);
    if (findings.last_sequence > last_) {
      last_ = findings.last_sequence;
      last_time_ns_ = 0;
    }
    if (findings.last_sequence == last_) {
      last_time_ns_ = std::max(last_time_ns_, findings.last_time_ns);
    }
    for (const SalvageDamage& damage : findings.damage) {
      result_.AddDamage(Shown(i, damage.where), damage.what);
    }
    result_.damage_count += findings.damage_count - findings.damage.size();
    for (const std::string& note : findings.notes) result_.warnings.push_back(Shown(i, note));
  }
  for (const auto& reader : readers) {
    // A directory whose end is damaged may lack what another one has.
    const ReplicaFindings& findings = reader->findings();
    result_.has_sound_directory |=
        findings.damage_count == 0 && findings.unknown.empty() && findings.last_sequence == last_;
    JudgeMissing(findings);
    SequenceSet elsewhere = findings.deleted;
    SequenceSet others = present_;
    others.Subtract(findings.present);
    SequenceSet kept;
    elsewhere.ForEachRange([&](std::uint64_t first, std::uint64_t last) {
      std::uint64_t from = first;
      std::uint64_t run_first = 0;
      std::uint64_t run_last = 0;
      while (from <= last && others.NextRange(from, &run_first, &run_last) && run_first <= last) {
        kept.AddRange(run_first, std::min(run_last, last));
        from = std::min(run_last, last) + 1;
      }
    });
    result_.deleted_in_some.Union(kept);
  }
  if (last_ == 0) {
    for (std::size_t i = 0; i < readers.size(); ++i) {
      if (readers[i]->findings().only_block_is_empty) JudgeEmpty(stream_.directories[i]);
    }
  }
  // What another directory goes on with is not the end.
  result_.end_is_damaged =
      !result_.has_sound_directory &&
      std::any_of(readers.begin(), readers.end(), [&](const auto& reader) {
        return reader->findings().end_is_damaged && reader->findings().last_sequence == last_;
      });
  live_ = present_;
  live_.Subtract(deleted_);
  result_.disputed.Subtract(deleted_);
  std::erase_if(result_.disputes, [&](const Dispute& dispute) {
    return !result_.disputed.Contains(dispute.sequence);
  });
}

void StreamSalvage::JudgeMissing(const ReplicaFindings& findings) {
  damaged_.Union(findings.damaged);
  unknown_.Union(findings.unknown);
  (findings.index_is_fresh ? missing_ : unknown_).Union(findings.missing);
}

// An empty first block is a new stream's if nobody wrote to it after it was made.
void StreamSalvage::JudgeEmpty(const StreamDirectory& directory) {
  const auto created = ParseTime(manifest_.stream_created);
  const std::int64_t written = TimeOfFirstBlock(directory);
  if (created && written != 0 && written <= *created + kNsPerSecond) return;
  result_.may_have_been_emptied = true;
  result_.warnings.push_back(directory.shown +
                             ": the only file of messages is empty: whether the stream was, or "
                             "its messages are lost, is not known");
}

// Every message was stored before the first one that is there, which is too old by now.
bool StreamSalvage::OldestHaveExpired() const {
  if (facts_.max_age_ns == 0 || facts_.message_ttl || first_time_ns_ <= 0) return false;
  const std::int64_t now = context_.clock.Now();
  return now > first_time_ns_ &&
         static_cast<std::uint64_t>(now - first_time_ns_) >= facts_.max_age_ns;
}

// What is in no directory: lost, or in doubt.
void StreamSalvage::SplitAbsent() {
  missing_.Subtract(present_);
  SequenceSet gone = deleted_;
  gone.Union(compacted_);
  missing_.Subtract(gone);
  std::uint64_t lowest = 0;
  std::uint64_t highest = 0;
  if (OldestHaveExpired() && present_.NextRange(1, &lowest, &highest) && lowest > 1) {
    missing_.RemoveRange(1, lowest - 1);  // they may have expired after the index was written
  }
  damaged_.Union(missing_);
  damaged_.Subtract(present_);
  damaged_.Subtract(gone);
  unknown_.Subtract(present_);
  unknown_.Subtract(gone);
  unknown_.Subtract(damaged_);
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  std::uint64_t begin = last_ + 1;
  if (live_.NextRange(1, &first, &last)) begin = first;
  if (damaged_.NextRange(1, &first, &last)) begin = std::min(begin, first);
  // Below the first message limits remove whole blocks, and nothing tells of it.
  if (begin > 1) {
    head_ = unknown_;
    head_.RemoveRange(begin, ~std::uint64_t{0});
    unknown_.Subtract(head_);
  }
  result_.lost = damaged_;
  result_.unknown = unknown_;
}

void StreamSalvage::ExplainHead() {
  if (head_.empty()) return;
  if (facts_.first_sequence > 1) head_.RemoveRange(1, facts_.first_sequence - 1);
  if (limits_remove_oldest_ || OldestHaveExpired()) head_.Clear();
  result_.unknown.Union(head_);
}

void StreamSalvage::SetState() {
  StreamState& state = manifest_.state;
  state.messages = live_.Count();
  state.last_sequence = last_;
  state.last_time_ns = last_time_ns_;
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  state.first_sequence = last_ == 0 ? 0 : last_ + 1;
  if (live_.NextRange(1, &first, &last)) state.first_sequence = first;
  manifest_.lost = result_.lost;
  if (manifest_.lost.NextRange(1, &first, &last)) {
    state.first_sequence = std::min(state.first_sequence, first);
  }
  manifest_.deleted.Clear();
  if (state.first_sequence != 0) manifest_.deleted.AddRange(state.first_sequence, last_);
  manifest_.deleted.Subtract(live_);
  manifest_.deleted.Subtract(manifest_.lost);
  state.num_deleted = manifest_.deleted.Count() + manifest_.lost.Count();
}

Status StreamSalvage::RemoveReplaced(BackupWriter& writer) {
  const SubjectRules rules{facts_.max_per_subject, facts_.allow_rollup && facts_.origins.empty()};
  if (!rules.any() || live_.empty()) return {};
  SequenceSet gone = manifest_.deleted;
  gone.Union(manifest_.lost);
  JETKEEP_ASSIGN(const Replaced replaced,
                 FindReplaced(writer, manifest_.state, gone, rules, false, context_.cancel));
  const std::uint64_t before = live_.Count();
  live_.Subtract(replaced.sequences);
  result_.over_limits += before - live_.Count();
  return {};
}

void StreamSalvage::RemoveOverCount() {
  if (facts_.discards_new || facts_.max_messages <= 0) return;
  const auto most = static_cast<std::uint64_t>(facts_.max_messages);
  limits_remove_oldest_ = live_.Count() >= most;
  while (live_.Count() > most) {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    live_.NextRange(1, &first, &last);
    const std::uint64_t over = live_.Count() - most;
    last = std::min(last, first + over - 1);
    live_.RemoveRange(first, last);
    result_.over_limits += last - first + 1;
  }
}

Status StreamSalvage::RemoveOverBytes(BackupWriter& writer) {
  if (facts_.discards_new || facts_.max_bytes <= 0) return {};
  const auto most = static_cast<std::uint64_t>(facts_.max_bytes);
  std::uint64_t bytes = manifest_.state.bytes;
  // A message that the files still hold, though it was removed, would not fit in.
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  if (present_.NextRange(1, &first, &last) && first < manifest_.state.first_sequence &&
      smallest_ > most - std::min(bytes, most)) {
    limits_remove_oldest_ = true;
  }
  if (bytes <= most) return {};
  limits_remove_oldest_ = true;
  JETKEEP_ASSIGN(const auto reader, writer.ReadBack(manifest_));
  while (bytes > most) {
    JETKEEP_ASSIGN(const RecordView* record, reader->Next());
    if (record == nullptr) break;
    bytes -= std::min(bytes, FileStoreSize(*record));
    live_.Remove(record->sequence);
    ++result_.over_limits;
  }
  return {};
}

// In the order in which a server applies them on its start, but for the age.
Status StreamSalvage::ApplyLimits(BackupWriter& writer) {
  RemoveOverCount();
  SetState();
  JETKEEP_TRY(CountRecords(writer, false, manifest_));
  const std::uint64_t before_bytes = result_.over_limits;
  JETKEEP_TRY(RemoveOverBytes(writer));
  if (result_.over_limits != before_bytes) SetState();
  JETKEEP_TRY(RemoveReplaced(writer));
  if (result_.over_limits == before_bytes) return {};
  SetState();
  return CountRecords(writer, false, manifest_);
}

void StreamSalvage::TakeConsumers() {
  std::vector<StoredConsumers> all;
  for (const StreamDirectory& directory : stream_.directories) {
    all.push_back(
        ReadStoredConsumers(directory.folder, {stream_.account, stream_.stream}, context_.secrets));
  }
  StoredConsumers merged = MergeStoredConsumers(std::move(all));
  for (ConsumerBackup& consumer : merged.consumers) {
    ClampToCut(consumer.state, manifest_.state.last_sequence);
    result_.consumers.push_back(consumer.name);
  }
  manifest_.state.consumer_count = merged.consumers.size();
  manifest_.consumers = std::move(merged.consumers);
  result_.consumers_not_read = std::move(merged.not_read);
  for (const ConsumerNotRead& item : result_.consumers_not_read) {
    manifest_.warnings.push_back("consumer " + item.name + " is not in the backup: " + item.reason);
  }
}

std::string StreamSalvage::OriginJson(std::size_t variant) const {
  std::vector<std::string> directories;
  for (const StreamDirectory& directory : stream_.directories) {
    directories.push_back(directory.shown);
  }
  std::string json = "{\"program\":\"nats-server\",\"layout\":\"store\",\"directories\":" +
                     QuoteJsonStrings(directories) + ",\"account\":" + QuoteJson(stream_.account) +
                     ",\"unknown\":" + QuoteJson(SequencesText(result_.unknown)) +
                     ",\"over_limits\":" + std::to_string(result_.over_limits);
  if (most_variants_ > 1 && !result_.disputed.empty()) {
    json += ",\"variant\":" + std::to_string(variant + 1) +
            ",\"variants\":" + std::to_string(most_variants_) +
            ",\"disputed\":" + QuoteJson(SequencesText(result_.disputed));
  }
  return json + "}";
}

Manifest StreamSalvage::NewManifest() const {
  Manifest manifest;
  manifest.kind = kSalvagedKind;
  manifest.account = context_.repository.account();
  manifest.stream = stream_.stream;
  manifest.archive_format = ArchiveFormat::kNone;
  manifest.config_json = manifest_.config_json;
  manifest.stream_created = manifest_.stream_created;
  return manifest;
}

// The further variants of disputed sequences: each is a backup that lacks everything else, and says
// so. Its id is below that of the stream's own, and it is damaged: no restore takes it by itself.
Status StreamSalvage::KeepVariant(std::size_t variant, std::int64_t time_ns) {
  const std::int64_t time =
      std::max(std::int64_t{0}, time_ns - static_cast<std::int64_t>(variant) * kNsPerSecond);
  const std::string id = NewBackupId(time, RandomBits());
  JETKEEP_ASSIGN(const auto writer, context_.repository.BeginBackup(stream_.stream, {}, id));
  Readers readers = OpenReaders();
  ReplicaMerge merge(readers, variant);
  SequenceSet kept;
  JETKEEP_TRY(merge.ForEach([&](const RecordView& record) -> Status {
    if (!live_.Contains(record.sequence)) return {};
    kept.Add(record.sequence);
    return writer->AddRecord(record);
  }));
  if (kept.empty()) return {};
  Manifest manifest = NewManifest();
  manifest.lineage = id;
  manifest.started_ns = time;
  manifest.condition = BackupCondition::kDamaged;
  manifest.state = manifest_.state;
  manifest.state.messages = kept.Count();
  manifest.state.consumer_count = 0;
  manifest.deleted = manifest_.deleted;
  manifest.lost = manifest_.lost;
  manifest.lost.Union(live_);
  manifest.lost.Subtract(kept);
  manifest.state.num_deleted = manifest.deleted.Count() + manifest.lost.Count();
  manifest.origin_json = OriginJson(variant);
  manifest.warnings.push_back("the backup holds only variant " + std::to_string(variant + 1) +
                              " of the messages about which the replicas disagree: sequences " +
                              SequencesText(kept));
  JETKEEP_TRY(CountRecords(*writer, false, manifest));
  manifest.state_json = CliStateJson(manifest.state);
  JETKEEP_ASSIGN(const Manifest written, writer->Finish(std::move(manifest), context_.clock.Now()));
  result_.variants.push_back(written.Summary());
  return {};
}

Status StreamSalvage::KeepVariants(std::int64_t time_ns) {
  if (result_.disputed.empty()) return {};
  for (std::size_t variant = 1; variant < most_variants_; ++variant) {
    JETKEEP_TRY(KeepVariant(variant, time_ns));
  }
  manifest_.warnings.push_back(
      "the replicas disagree about sequences " + SequencesText(result_.disputed) +
      ": of each the message is taken that most of them hold, then the one of the directory that "
      "was given first; the others are in backups of their own");
  return {};
}

Status StreamSalvage::Salvage() {
  JETKEEP_TRY(CheckStreamName(stream_.stream));
  JETKEEP_TRY(Look(looks_));
  JETKEEP_TRY(ReadConfig());
  std::int64_t made = 0;
  for (const StreamDirectory& directory : stream_.directories) {
    made = std::max(made, NewestChange(directory));
  }
  const std::int64_t now = context_.clock.Now();
  if (made <= 0 || made > now) made = now;
  const std::string id = NewBackupId(made, RandomBits());
  JETKEEP_ASSIGN(const auto writer, context_.repository.BeginBackup(stream_.stream, {}, id));
  JETKEEP_TRY(Read(*writer));
  SplitAbsent();
  if (present_.empty() && last_ == 0 && result_.damage_count > 0) {
    return Fail(Errc::kStreamDamaged,
                "nothing of the stream can be read: " + result_.damage.front().where + ": " +
                    result_.damage.front().what);
  }
  JETKEEP_TRY(ApplyLimits(*writer));
  ExplainHead();
  result_.disputed.Subtract(manifest_.deleted);
  // Both: what is in one and not among those that the other lacks.
  SequenceSet nowhere_compacted = live_;
  nowhere_compacted.Subtract(compacted_);
  result_.compacted_in_some = live_;
  result_.compacted_in_some.Subtract(nowhere_compacted);
  TakeConsumers();

  Manifest manifest = NewManifest();
  manifest.lineage = id;
  manifest.started_ns = made;
  manifest.condition =
      result_.messages_whole() ? BackupCondition::kComplete : BackupCondition::kDamaged;
  JETKEEP_TRY(CheckUnchanged());
  JETKEEP_TRY(KeepVariants(made));
  JETKEEP_TRY(CheckUnchanged());
  manifest_.warnings.insert(manifest_.warnings.begin(), result_.warnings.begin(),
                            result_.warnings.end());
  if (!result_.unknown.empty()) {
    manifest_.warnings.push_back("whether these sequences were deleted or are lost is not known: " +
                                 SequencesText(result_.unknown));
  }
  manifest.state = manifest_.state;
  manifest.state_json = CliStateJson(manifest.state);
  manifest.deleted = std::move(manifest_.deleted);
  manifest.lost = std::move(manifest_.lost);
  manifest.consumers = std::move(manifest_.consumers);
  manifest.warnings = std::move(manifest_.warnings);
  for (const SalvageDamage& damage : result_.damage) {
    manifest.damage.push_back({damage.where, damage.what, 0});
  }
  manifest.origin_json = OriginJson(0);
  manifest.segments = std::move(manifest_.segments);
  JETKEEP_ASSIGN(const Manifest written, writer->Finish(std::move(manifest), now));
  result_.backup = written.Summary();
  return {};
}

SalvagedStream StreamSalvage::Run() {
  result_.account = stream_.account;
  result_.stream = stream_.stream;
  for (const StreamDirectory& directory : stream_.directories) {
    result_.directories.push_back(directory.shown);
  }
  const Status done = Salvage();
  if (!done) result_.error = done.error();
  return std::move(result_);
}

}  // namespace

SalvagedStream SalvageStream(const StreamToSalvage& stream, const SalvageContext& context) {
  return StreamSalvage(stream, context).Run();
}

}  // namespace jetkeep
