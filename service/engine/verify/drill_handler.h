// DrillHandler: takes what a snapshot of the scratch stream holds and compares it, record by
// record, with the backup that was restored into it. Thread-safety: one decoder thread; results are
// read after it has ended.
#pragma once

#include <string>
#include <vector>

#include "jetkeep/snapshot.h"
#include "protocol/repository/manifest.h"
#include "protocol/sequences/sequence_set.h"
#include "service/repository/backup_reader.h"

namespace jetkeep {

class DrillHandler : public SnapshotHandler {
 public:
  // Both must outlive the handler; the reader stands at its beginning.
  DrillHandler(const Manifest& manifest, BackupReader& reader)
      : manifest_(manifest), reader_(reader) {}

  Status OnStreamMeta(std::string_view meta_json) override;
  Status OnRecord(const RecordView& record) override;
  Status OnDeleted(std::uint64_t first, std::uint64_t last) override;
  Status OnConsumer(ConsumerBackup consumer) override;
  Status OnDamage(ArchiveDamage damage) override;

  // After the snapshot: what differs, in words.
  Result<std::vector<std::string>> Finish();

 private:
  // The backup's next record; null at the end.
  Result<const RecordView*> Expected();
  void CompareConsumer(const ConsumerBackup& expected);

  const Manifest& manifest_;
  BackupReader& reader_;
  const RecordView* expected_ = nullptr;
  bool have_expected_ = false;
  SequenceSet missing_;
  SequenceSet extra_;
  SequenceSet different_;
  SequenceSet dead_;
  std::vector<ConsumerBackup> consumers_;
  std::vector<std::string> differences_;
};

}  // namespace jetkeep
