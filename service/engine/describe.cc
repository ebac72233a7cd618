#include "service/engine/describe.h"

#include "protocol/codec/digest.h"

namespace jetkeep {
namespace {

constexpr std::size_t kMaxLostRanges = 1000;

}  // namespace

bool MadeBeforeExactCuts(const BackupSummary& backup) {
  return backup.condition == BackupCondition::kComplete && !backup.exact_cut &&
         backup.kind != kImportedKind && backup.kind != kSalvagedKind;
}

std::string BeforeExactCutsText() {
  return "made before exact cuts: if the stream was written to while it was backed up, messages "
         "that "
         "it always held may be missing";
}

BackupDetails Describe(const Manifest& manifest) {
  BackupDetails details;
  details.summary = manifest.Summary();
  details.config_json = manifest.config_json;
  details.stream_created = manifest.stream_created;
  details.state = manifest.state;
  for (const ConsumerBackup& consumer : manifest.consumers) {
    details.consumers.push_back({consumer.name, consumer.origin, consumer.state.delivered,
                                 consumer.state.ack_floor, consumer.state.pending.size(),
                                 consumer.config_json});
  }
  for (const SegmentRef& segment : manifest.segments) {
    details.segments.push_back({segment.name, segment.first_sequence, segment.last_sequence,
                                segment.records, segment.raw_bytes, segment.stored_bytes,
                                ToHex(segment.digest)});
  }
  for (SequenceSet::Cursor range(manifest.lost);
       range.Valid() && details.lost.size() < kMaxLostRanges; range.Next()) {
    details.lost.push_back({range.first(), range.last()});
  }
  details.warnings = manifest.warnings;
  if (MadeBeforeExactCuts(details.summary)) details.warnings.push_back(BeforeExactCutsText());
  return details;
}

Result<BackupDetails> ShowBackup(Repository& repository, const std::string& backup_id) {
  JETKEEP_ASSIGN(const Manifest manifest, repository.Load(backup_id));
  BackupDetails details = Describe(manifest);
  JETKEEP_ASSIGN(const BackupSummary summary, repository.Summary(backup_id));
  details.summary.verified = summary.verified;
  details.summary.pinned = summary.pinned;
  return details;
}

}  // namespace jetkeep
