#include "service/engine/transfer/import_stream.h"

#include <sys/stat.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "protocol/archive/archive_head.h"
#include "protocol/archive/snapshot_reader.h"
#include "protocol/base/join.h"
#include "protocol/base/names.h"
#include "protocol/cli_layout/file_names.h"
#include "protocol/js_config/restore_token.h"
#include "protocol/js_config/stream_config.h"
#include "protocol/json/json_layout.h"
#include "protocol/json/raw_json.h"
#include "protocol/json/raw_object.h"
#include "protocol/repository/backup_id.h"
#include "protocol/repository/live_sequences.h"
#include "protocol/s2/reader.h"
#include "protocol/tar/gzip_reader.h"
#include "protocol/v1/meta.h"
#include "service/engine/backup/capture_handler.h"
#include "service/engine/backup/config_backup.h"
#include "service/engine/backup/consumers.h"
#include "service/engine/backup/count_records.h"
#include "service/engine/backup/cut_verdict.h"
#include "service/work/ids.h"

namespace jetkeep {
namespace {

constexpr std::string_view kVersionKey = "_nats.ver";
constexpr char kAgainHint[] = "Import again when nothing writes to the folder.";

enum class Packing : std::uint8_t { kS2, kGzip };

// What was read to look at, and then the rest.
class Reread : public ByteSource {
 public:
  explicit Reread(ByteSource& source) : source_(source) {}
  // The first bytes, as many as one read gives.
  Result<std::string_view> Peek() {
    JETKEEP_ASSIGN(front_, source_.Read());
    return front_;
  }
  Result<std::string_view> Read() override {
    if (!front_.empty()) return std::exchange(front_, {});
    return source_.Read();
  }

 private:
  ByteSource& source_;
  std::string_view front_;
};

class CancellableSource : public ByteSource {
 public:
  CancellableSource(ByteSource& source, const CancelToken& cancel)
      : source_(source), cancel_(cancel) {}
  Result<std::string_view> Read() override {
    JETKEEP_TRY(cancel_.Check());
    return source_.Read();
  }

 private:
  ByteSource& source_;
  const CancelToken& cancel_;
};

Result<Packing> PackingOf(std::string_view front) {
  if (front.empty()) return Fail(Errc::kSnapshotIncomplete, "the file is empty");
  if (front.starts_with(tar::kGzipMagic)) return Packing::kGzip;
  return Packing::kS2;  // whose reader says what is wrong
}

// Keeps what a v1 archive says of the stream, under a checksum.
class ImportHandler : public CaptureHandler {
 public:
  using CaptureHandler::CaptureHandler;
  Status OnStreamMeta(std::string_view meta_json) override {
    JETKEEP_ASSIGN(meta_, v1::ParseStreamMeta(meta_json));
    return {};
  }
  const v1::Meta& meta() const { return meta_; }

 private:
  v1::Meta meta_;
};

Result<std::unique_ptr<SourceFile>> OpenData(const SourceFolder& folder, const FoundStream& found) {
  if (found.folder.empty()) return folder.OpenFile(found.data);
  JETKEEP_ASSIGN(const SourceFolder inner, folder.OpenFolder(found.folder));
  return inner.OpenFile(found.data);
}

// The data was read long after backup.json: both must be of one backup.
Status CheckStillTheSame(const SourceFolder& folder, const FoundStream& found) {
  const auto read = [&]() -> Result<std::string> {
    if (found.folder.empty()) {
      return folder.ReadWhole(std::string(kCliBackupFile), kMaxCliJsonBytes);
    }
    JETKEEP_ASSIGN(const SourceFolder inner, folder.OpenFolder(found.folder));
    return inner.ReadWhole(std::string(kCliBackupFile), kMaxCliJsonBytes);
  };
  JETKEEP_ASSIGN(const std::string text, read());
  if (Blake2b(text) == found.backup_digest) return {};
  return Fail(Errc::kArchiveCorrupt, "backup.json changed while the archive was read", kAgainHint);
}

// about: of the file that was read.
Result<ArchiveHead> HeadOf(const SourceFolder& folder, const FoundStream& found,
                           struct stat& about) {
  JETKEEP_ASSIGN(const auto file, OpenData(folder, found));
  about = file->begin();
  Reread source(*file);
  JETKEEP_ASSIGN(const std::string_view front, source.Peek());
  JETKEEP_ASSIGN(const Packing packing, PackingOf(front));
  if (packing == Packing::kGzip) {
    tar::GzipReader archive(source);
    return ReadArchiveHead(archive);
  }
  s2::Reader archive(source);
  return ReadArchiveHead(archive);
}

// The version that a server from 2.11 on notes in the configurations it answers with.
std::string ServerVersionIn(std::string_view config_json) {
  const auto metadata = FindRawMember(config_json, "metadata");
  if (!metadata || !*metadata || **metadata == "null") return {};
  const auto version = FindRawMember(**metadata, kVersionKey);
  if (!version || !*version) return {};
  return RawString(**version).value_or(std::string());
}

std::uint64_t HighestOf(const SequenceSet& set) {
  std::uint64_t highest = 0;
  set.ForEachRange([&](std::uint64_t, std::uint64_t last) { highest = last; });
  return highest;
}

// Of one moment, as servers answer: every sequence from the first to the last is a message or
// deleted.
bool AddsUp(const StreamState& state) {
  if (state.messages == 0) {
    return state.first_sequence == state.last_sequence + 1 || state.last_sequence == 0;
  }
  return state.first_sequence != 0 && state.first_sequence <= state.last_sequence &&
         state.last_sequence - state.first_sequence >= state.num_deleted &&
         state.last_sequence - state.first_sequence - state.num_deleted + 1 == state.messages;
}

// Servers begin a stream at its first message; `nats backup edit` leaves the number as it was.
bool BeginsAt(const StreamState& state, const SequenceSet& live) {
  return state.messages == 0 ? AddsUp(state) : live.Contains(state.first_sequence);
}

// Programs leave such members out.
bool SaysNothing(std::string_view value) {
  return value == "null" || value == "false" || value == "0" || value == "\"\"" ||
         value == "\"none\"" || value == "[]";
}

// However their strings are escaped.
bool SameValue(std::string_view a, std::string_view b) {
  if (a.starts_with('"')) {
    const auto text_a = RawString(a);
    const auto text_b = RawString(b);
    return text_a && text_b && *text_a == *text_b;
  }
  if (a.starts_with('[')) {
    const auto texts_a = RawStrings(a);
    const auto texts_b = RawStrings(b);
    if (texts_a && texts_b) return *texts_a == *texts_b;
  }
  return CompactJson(a) == CompactJson(b);
}

// The fields in which a configuration is not the one that the archive holds. Programs write
// objects with other members, and servers put their own into metadata: those are not compared.
Result<std::vector<std::string>> DifferentFields(std::string_view config_json,
                                                 std::string_view archived_json) {
  JETKEEP_ASSIGN(const RawObject config, RawObject::Parse(config_json));
  std::vector<std::string> fields;
  JETKEEP_TRY(
      ForEachMember(archived_json, [&](std::string_view key, std::string_view value) -> Status {
        if (value.find('{') != std::string_view::npos || SaysNothing(value)) return {};
        const std::string* given = config.FindValue(key);
        if (given == nullptr || !SameValue(value, *given)) fields.emplace_back(key);
        return {};
      }));
  return fields;
}

class Import {
 public:
  Import(const SourceFolder& folder, const FoundStream& found, const ImportContext& context)
      : folder_(folder), found_(found), context_(context) {}

  Result<ImportedBackup> Run();

 private:
  Status Prepare();
  void NameWhatDiffers(const StreamState& beside);
  Result<std::string> NewId();
  Result<std::optional<BackupSummary>> FindEarlier();
  Status ReadData(ImportHandler& handler);
  Status RefuseDamage(const Captured& captured) const;
  Status CompareConfigurations(const v1::Meta& archived);
  void Judge(Captured& captured);
  void TakeAll(const Captured& captured);
  Status Count(BackupWriter& writer, const Captured& captured);
  void TakeConsumers(std::vector<ConsumerBackup> consumers);
  std::string OriginJson() const;

  const SourceFolder& folder_;
  const FoundStream& found_;
  const ImportContext& context_;
  std::string stream_;
  StreamConfigFacts facts_;
  ArchiveHead head_;
  struct stat head_file_ {};
  bool has_archive_ = false;
  bool has_state_ = false;
  bool may_be_anothers_ = false;  // the archive, and not of the stream that the files beside it say
  StreamState state_;             // that the archive is judged by
  Digest digest_{};
  std::uint64_t data_bytes_ = 0;
  Manifest manifest_;
};

Status Import::Prepare() {
  has_archive_ = !found_.data.empty();
  manifest_.kind = kImportedKind;
  manifest_.config_json = found_.backup.config_json;
  manifest_.state_json = found_.backup.state_json;
  state_ = found_.backup.state;
  has_state_ = found_.has_state;
  manifest_.warnings = found_.warnings;
  if (has_archive_) {
    auto head = HeadOf(folder_, found_, head_file_);
    if (!head) return Fail(std::move(head).error().Within(found_.data));
    head_ = *std::move(head);
    if (head_.format == ArchiveFormat::kV1Tar && manifest_.config_json.empty()) {
      JETKEEP_ASSIGN(v1::Meta meta, v1::ParseStreamMeta(head_.meta_json));
      manifest_.config_json = CompactJson(meta.config_json);
    }
  }
  if (manifest_.config_json.empty()) {
    return Fail(Errc::kArchiveUnsupported,
                "the archive does not tell the stream's configuration, and no file beside it does",
                "Put the stream_<name>.json or backup.json that belongs to it beside it.");
  }
  JETKEEP_ASSIGN(facts_, FaultAs(ReadStreamConfig(manifest_.config_json), Errc::kArchiveCorrupt,
                                 "configuration"));
  JETKEEP_TRY(CheckStreamName(facts_.name));
  stream_ = facts_.name;
  manifest_.config_json = WithoutRestoreToken(manifest_.config_json);
  if (!head_.state_json.empty()) {
    JETKEEP_ASSIGN(state_, ParseCliState(head_.state_json));
    const StreamState& beside = found_.backup.state;
    const bool same_place =
        beside.messages == state_.messages && beside.last_sequence == state_.last_sequence;
    // Nothing came and nothing went between the two: they are of one moment, or of two streams.
    if (has_state_ && same_place) NameWhatDiffers(beside);
    if (!has_state_) {
      may_be_anothers_ = true;
      manifest_.warnings.push_back(
          "no state beside the archive tells whose it is: that it is exact is not proved");
    }
    if (has_state_ && !same_place) {
      manifest_.warnings.push_back("backup.json counts " + std::to_string(beside.messages) +
                                   " messages up to sequence " +
                                   std::to_string(beside.last_sequence) + ", the archive " +
                                   std::to_string(state_.messages) + " up to " +
                                   std::to_string(state_.last_sequence) + "; the archive counts");
    }
    has_state_ = true;
  } else if (has_state_ && !AddsUp(state_)) {
    manifest_.warnings.push_back(
        "the counts and sequences in backup.json contradict each other: the backup is what the "
        "archive alone tells");
    has_state_ = false;
    state_ = {};
  }
  if (state_.last_sequence == ~std::uint64_t{0}) {
    return Fail(Errc::kArchiveCorrupt, "the state ends at a sequence that no stream reaches");
  }
  return {};
}

void Import::NameWhatDiffers(const StreamState& beside) {
  std::vector<std::string> fields;
  const auto compare = [&](const char* field, auto given, auto archived) {
    if (given != archived) fields.emplace_back(field);
  };
  compare("first_seq", beside.first_sequence, state_.first_sequence);
  compare("first_ts", beside.first_time_ns, state_.first_time_ns);
  compare("last_ts", beside.last_time_ns, state_.last_time_ns);
  compare("bytes", beside.bytes, state_.bytes);
  if (fields.empty()) return;
  may_be_anothers_ = true;
  manifest_.warnings.push_back(
      "the archive may be that of another stream or of another backup: its state and that in "
      "backup.json differ in " +
      JoinFirst(fields, 8) + "; that it is exact is not proved");
}

// A backup is as old as its archive, not as its import: it must not sort above those that were made
// since.
Result<std::string> Import::NewId() {
  std::int64_t made = head_.made_ns != 0 ? head_.made_ns : found_.time_ns;
  made = std::max(made, state_.last_time_ns);
  const std::int64_t now = context_.clock.Now();
  if (made <= 0 || made > now) made = now;
  manifest_.started_ns = made;
  return NewBackupId(made, RandomBits());
}

Status Import::ReadData(ImportHandler& handler) {
  JETKEEP_ASSIGN(const auto file, OpenData(folder_, found_));
  if (!SameFile(head_file_, file->begin())) {
    return Fail(Errc::kArchiveCorrupt, found_.data + " changed while it was read", kAgainHint);
  }
  CancellableSource cancellable(*file, context_.cancel);
  Reread source(cancellable);
  JETKEEP_ASSIGN(const std::string_view front, source.Peek());
  JETKEEP_ASSIGN(const Packing packing, PackingOf(front));
  Result<ArchiveSummary> summary = Fail(Errc::kInternal, "nothing was read");
  if (packing == Packing::kGzip) {
    tar::GzipReader archive(source);
    summary = ReadArchive(archive, stream_, handler);
  } else {
    summary = ReadSnapshot(source, stream_, handler);
  }
  if (!summary) return Fail(std::move(summary).error().Within(found_.data));
  JETKEEP_TRY(file->Finish());
  digest_ = file->digest();
  data_bytes_ = file->size();
  manifest_.archive_format = summary->format;
  return found_.has_state ? CheckStillTheSame(folder_, found_) : Status();
}

Status Import::RefuseDamage(const Captured& captured) const {
  if (captured.damage_count == 0) return {};
  const ArchiveDamage& first = captured.damage.front();
  const bool incomplete = first.where == kErrorsFile;
  std::string what = found_.data + ": " + first.where + ": " + first.what;
  if (captured.damage_count > 1) {
    what += " (and " + std::to_string(captured.damage_count - 1) + " more)";
  }
  return Fail(incomplete ? Errc::kSnapshotIncomplete : Errc::kArchiveCorrupt, std::move(what),
              "Take an older backup of the stream; the nats command line may restore this one "
              "without a word, and without these messages.");
}

// Which of the two is right, nobody can know: an edited backup.json is restored by servers, too.
Status Import::CompareConfigurations(const v1::Meta& archived) {
  if (archived.config_json.empty()) return {};
  JETKEEP_ASSIGN(const std::vector<std::string> fields,
                 FaultAs(DifferentFields(manifest_.config_json, archived.config_json),
                         Errc::kArchiveCorrupt, "configuration"));
  if (fields.empty()) return {};
  manifest_.warnings.push_back(
      "the configuration is not the one in the archive; the backup has the one beside it, which "
      "differs in " +
      JoinFirst(fields, 8));
  return {};
}

// Sets state, cut and deleted sequences of the manifest.
void Import::Judge(Captured& captured) {
  const bool made_by_hand = !found_.backup.edit_json.empty() || !found_.backup.source_json.empty();
  manifest_.state = state_;
  if (has_state_) {
    static const SequenceSet none;
    // The archive may lack a live message and hold a deleted one, and report neither.
    SequenceSet left = captured.sequences.present;
    left.Subtract(captured.sequences.deleted);
    const bool holds_deleted = left.Count() != captured.sequences.present.Count();
    CutVerdict verdict =
        JudgeCut(state_, nullptr,
                 {.present = captured.sequences.present,
                  .gone = captured.sequences.deleted,
                  .unread = none,
                  .archive_end = std::max(captured.last_sequence, state_.last_sequence),
                  .count_may_deceive = holds_deleted});
    if (verdict.messages == state_.messages && verdict.lost.empty() && BeginsAt(state_, left)) {
      const bool exact = verdict.finding == CutFinding::kExact;
      manifest_.exact_cut = exact && !made_by_hand && !may_be_anothers_;
      if (!exact) {
        manifest_.warnings.push_back(
            "the archive holds as many messages as were counted when it was begun, but also "
            "deleted ones, and gaps that nothing in it explains: that it is exact is not proved");
      }
      manifest_.deleted = std::move(verdict.deleted);
      manifest_.state.messages = verdict.messages;
      manifest_.state.num_deleted = manifest_.deleted.Count();
      return;
    }
  }
  TakeAll(captured);
  if (has_state_ && !made_by_hand && manifest_.state.messages == state_.messages) {
    manifest_.warnings.push_back("the archive does not begin at sequence " +
                                 std::to_string(state_.first_sequence) + ", as its state says");
  } else if (has_state_ && !made_by_hand) {
    manifest_.warnings.push_back(
        "the archive holds " + std::to_string(manifest_.state.messages) + " messages, where " +
        std::to_string(state_.messages) +
        " were counted when it was begun: the stream changed meanwhile, or the server could not "
        "read a message; the backup is what the archive holds");
  }
}

// All that a server would restore from the archive.
void Import::TakeAll(const Captured& captured) {
  SequenceSet live = captured.sequences.present;
  live.Subtract(captured.sequences.deleted);
  StreamState& state = manifest_.state;
  state.messages = live.Count();
  // Where the last messages were deleted, only that they were tells of them.
  state.last_sequence = std::max(
      {state_.last_sequence, captured.last_sequence, HighestOf(captured.sequences.deleted)});
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  state.first_sequence = live.NextRange(1, &first, &last) ? first : state.last_sequence + 1;
  if (state.last_sequence == 0) state.first_sequence = 0;
  if (state.messages != 0) manifest_.deleted.AddRange(state.first_sequence, state.last_sequence);
  manifest_.deleted.Subtract(live);
  state.num_deleted = manifest_.deleted.Count();
  state.first_time_ns = 0;
  if (state.last_sequence != state_.last_sequence) state.last_time_ns = 0;
}

// Bytes and times of exactly what is inside, where the files' figures may be of something else.
Status Import::Count(BackupWriter& writer, const Captured& captured) {
  StreamState& state = manifest_.state;
  const bool all_live = captured.sequences.present.Count() == state.messages;
  const bool same = all_live && !facts_.in_memory && captured.present_bytes == state.bytes;
  if (same && state.first_time_ns != 0 && state.last_time_ns != 0) return {};
  const std::uint64_t told = state.bytes;
  JETKEEP_TRY(CountRecords(writer, facts_.in_memory, manifest_));
  if (state.last_time_ns == 0 && state.messages != 0) {
    const std::uint64_t highest = HighestLive(manifest_);
    JETKEEP_ASSIGN(const Anchor anchor, writer.AnchorAt(manifest_, highest));
    state.last_time_ns = anchor.timestamp_ns;
  }
  if (manifest_.exact_cut && state.bytes != told) {
    manifest_.warnings.push_back("the server counted " + std::to_string(told) +
                                 " bytes, the messages of the backup have " +
                                 std::to_string(state.bytes));
  }
  return {};
}

void Import::TakeConsumers(std::vector<ConsumerBackup> consumers) {
  // Where both tell of a consumer, the archive knows its position, too.
  std::set<std::string> inside;
  for (const ConsumerBackup& consumer : consumers) inside.insert(consumer.name);
  for (const ConsumerBackup& consumer : found_.consumers) {
    if (!inside.contains(consumer.name)) consumers.push_back(consumer);
  }
  for (ConsumerBackup& consumer : consumers) {
    ClampToCut(consumer.state, manifest_.state.last_sequence);
  }
  std::sort(consumers.begin(), consumers.end(),
            [](const ConsumerBackup& a, const ConsumerBackup& b) { return a.name < b.name; });
  if (found_.has_state && found_.backup.state.consumer_count > consumers.size()) {
    manifest_.warnings.push_back(
        "the server counted " + std::to_string(found_.backup.state.consumer_count) +
        " consumers, the archive holds " + std::to_string(consumers.size()) +
        ": servers leave out those in memory, and before 2.15 those on other nodes");
  }
  manifest_.state.consumer_count = consumers.size();
  manifest_.consumers = std::move(consumers);
}

std::string Import::OriginJson() const {
  std::string json = "{\"program\":\"nats\",\"layout\":" + QuoteJson(found_.layout) +
                     ",\"folder\":" + QuoteJson(context_.from) +
                     ",\"path\":" + QuoteJson(found_.where);
  if (has_archive_) {
    json += ",\"data\":" + QuoteJson(found_.data) +
            ",\"data_bytes\":" + std::to_string(data_bytes_) +
            ",\"data_digest\":" + QuoteJson(ToHex(digest_));
  }
  if (!found_.backup.edit_json.empty()) json += ",\"edit\":" + found_.backup.edit_json;
  if (!found_.backup.source_json.empty()) json += ",\"source\":" + found_.backup.source_json;
  return json + "}";
}

Result<std::optional<BackupSummary>> Import::FindEarlier() {
  const std::string origin = OriginJson();
  // The same bytes, wherever they lay.
  const auto same = [&](const Manifest& other) {
    if (other.origin_json.empty() || other.config_json != manifest_.config_json) return false;
    const auto digest = FindRawMember(other.origin_json, "data_digest");
    if (!digest || !*digest || !has_archive_) return other.origin_json == origin;
    return **digest == QuoteJson(ToHex(digest_)) && other.deleted == manifest_.deleted &&
           other.state.messages == manifest_.state.messages &&
           other.state.last_sequence == manifest_.state.last_sequence &&
           other.exact_cut == manifest_.exact_cut &&
           other.consumers.size() == manifest_.consumers.size();
  };
  JETKEEP_ASSIGN(const BackupListing listing, context_.repository.List(stream_));
  for (const BackupSummary& summary : listing.backups) {
    if (summary.kind != kImportedKind || summary.account != context_.repository.account()) continue;
    const auto manifest = context_.repository.Load(summary.id, stream_);
    if (manifest && same(*manifest)) return summary;
  }
  return std::optional<BackupSummary>();
}

Result<ImportedBackup> Import::Run() {
  JETKEEP_TRY(Prepare());
  JETKEEP_ASSIGN(const std::string id, NewId());
  JETKEEP_ASSIGN(const auto writer, context_.repository.BeginBackup(stream_, {}, id));
  context_.observer.OnStarted(id, stream_);
  ImportHandler handler(*writer, context_.observer);
  Captured captured;
  if (has_archive_) {
    handler.SetCut(state_);
    JETKEEP_TRY(ReadData(handler));
    captured = std::move(handler.captured());
    JETKEEP_TRY(RefuseDamage(captured));
    JETKEEP_TRY(CompareConfigurations(handler.meta()));
  } else {
    manifest_.archive_format = ArchiveFormat::kNone;
    manifest_.warnings.push_back("the files hold the configuration alone, and no message");
  }
  manifest_.stream = stream_;
  manifest_.account = context_.repository.account();
  manifest_.lineage = id;
  manifest_.stream_created = handler.meta().created;
  manifest_.server.version = ServerVersionIn(manifest_.config_json);
  Judge(captured);
  TakeConsumers(std::move(captured.consumers));
  JETKEEP_TRY(Count(*writer, captured));
  // What holds no message must not pass for a backup of the stream.
  if (!has_archive_) manifest_ = ConfigurationOf(std::move(manifest_));
  manifest_.origin_json = OriginJson();
  if (manifest_.state_json.empty()) manifest_.state_json = CliStateJson(manifest_.state);
  JETKEEP_TRY(context_.cancel.Check());

  ImportedBackup imported;
  imported.warnings = manifest_.warnings;
  JETKEEP_ASSIGN(const auto earlier, FindEarlier());
  if (earlier) {
    imported.backup = *earlier;
    imported.was_there = true;
    return imported;
  }
  JETKEEP_ASSIGN(const Manifest written,
                 writer->Finish(std::move(manifest_), context_.clock.Now()));
  imported.backup = written.Summary();
  return imported;
}

}  // namespace

Result<std::string> StreamNameOf(const SourceFolder& folder, const FoundStream& found) {
  if (!found.stream.empty()) return found.stream;
  struct stat about {};
  JETKEEP_ASSIGN(const ArchiveHead head, HeadOf(folder, found, about));
  JETKEEP_ASSIGN(const v1::Meta meta, v1::ParseStreamMeta(head.meta_json));
  return meta.name;
}

Result<ImportedBackup> ImportStream(const SourceFolder& folder, const FoundStream& found,
                                    const ImportContext& context) {
  return Import(folder, found, context).Run();
}

}  // namespace jetkeep
