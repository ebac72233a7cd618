#include "service/repository/backup_writer.h"

#include <algorithm>
#include <utility>

#include "protocol/base/version.h"
#include "protocol/repository/live_sequences.h"

namespace jetkeep {

BackupWriter::BackupWriter(Store& store, BlockWorkers& workers, LineagePath place, std::string id,
                           const WriterOptions& options, BackupClaim claim,
                           std::function<void()> when_over)
    : store_(store),
      workers_(workers),
      place_(std::move(place)),
      id_(std::move(id)),
      claim_(std::move(claim)),
      when_over_(std::move(when_over)),
      pipeline_(claim_.store(), workers, place_, id_, options) {}

BackupWriter::~BackupWriter() { Abandon(); }

Status BackupWriter::AddRecord(const RecordView& record) {
  if (sealed_ || done_) return Fail(Errc::kInternal, "a record comes after the end of the backup");
  largest_message_ =
      std::max<std::uint64_t>(largest_message_, record.headers.size() + record.payload.size());
  anchors_.Add(record);
  return pipeline_.AddRecord(record);
}

Status BackupWriter::Seal() {
  if (sealed_) return {};
  JETKEEP_ASSIGN(segments_, pipeline_.Seal());
  sealed_ = true;
  return {};
}

Result<std::unique_ptr<BackupReader>> BackupWriter::ReadBack(Manifest& manifest, ReadRange range) {
  JETKEEP_TRY(Seal());
  manifest.id = id_;
  manifest.segments = segments_;
  return std::make_unique<BackupReader>(store_, workers_, place_, manifest, range, nullptr);
}

Result<Anchor> BackupWriter::AnchorAt(Manifest& manifest, std::uint64_t sequence) {
  if (const auto known = anchors_.Find(sequence)) return *known;
  JETKEEP_ASSIGN(const auto reader, ReadBack(manifest, {sequence, sequence}));
  JETKEEP_ASSIGN(const RecordView* record, reader->Next());
  if (record == nullptr) {
    return Fail(Errc::kInternal, "message " + std::to_string(sequence) + " was not written");
  }
  return AnchorOf(*record);
}

// The highest, then the lowest, then what was sampled between them.
Result<std::vector<Anchor>> BackupWriter::Anchors(Manifest& manifest) {
  std::vector<Anchor> anchors;
  const std::uint64_t highest = HighestLive(manifest);
  if (highest == 0) return anchors;
  const std::uint64_t lowest = LowestLive(manifest);
  for (const std::uint64_t sequence : {highest, lowest}) {
    if (!anchors.empty() && anchors.back().sequence == sequence) continue;
    JETKEEP_ASSIGN(const Anchor anchor, AnchorAt(manifest, sequence));
    anchors.push_back(anchor);
  }
  for (const Anchor& sample : anchors_.samples()) {
    if (sample.sequence <= lowest || sample.sequence >= highest) continue;
    if (IsLive(manifest, sample.sequence)) anchors.push_back(sample);
  }
  return anchors;
}

Result<Manifest> BackupWriter::Finish(Manifest manifest, std::int64_t now_ns) {
  if (done_) return Fail(Errc::kInternal, "the backup is already finished");
  const auto publish = [&]() -> Result<Manifest> {
    JETKEEP_TRY(Seal());
    manifest.id = id_;
    manifest.completed_ns = now_ns;
    manifest.tool_version = ProgramVersion();
    manifest.segments = segments_;
    manifest.largest_message = largest_message_;
    JETKEEP_ASSIGN(manifest.anchors, Anchors(manifest));
    JETKEEP_ASSIGN(const std::string bytes, EncodeManifest(manifest));
    manifest.file_bytes = bytes.size();
    JETKEEP_TRY(Publish(bytes));
    return std::move(manifest);
  };
  auto published = publish();
  if (!published) {
    // What else went wrong then is only a consequence.
    Status held = claim_.Check();
    if (!held && held.error().code == Errc::kLeaseLost) published = Fail(std::move(held).error());
    Abandon();
    return published;
  }
  done_ = true;
  claim_.Release();
  when_over_();
  return published;
}

Status BackupWriter::Publish(const std::string& manifest) {
  JETKEEP_ASSIGN(const auto writer, claim_.store().Create(place_.Manifest(id_)));
  JETKEEP_TRY(writer->Append(manifest));
  Status committed = writer->Commit(Durability::kDurable);
  published_ = committed || committed.error().code != Errc::kLeaseLost;
  JETKEEP_TRY(committed);
  JETKEEP_TRY(store_.Flush(place_.backups()));
  // Whoever took the place between the last check and the commit may have removed segments.
  return claim_.Check();
}

void BackupWriter::Abandon() {
  if (done_) return;
  done_ = true;
  // The manifest must never name what is gone: it goes first, for good, or all stays. It is ours,
  // whoever has the claim.
  if (published_ && (!store_.Remove(place_.Manifest(id_)) || !store_.Flush(place_.backups()))) {
    return;
  }
  pipeline_.Abandon();
  claim_.Release();
  when_over_();
}

}  // namespace jetkeep
