// DrillHandler: takes what a snapshot of the scratch stream holds and compares it, record by
// record, with the backup that was restored into it. Thread-safety: one decoder thread; results are
// read after it has ended.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "jetkeep/record_stream.h"
#include "jetkeep/snapshot.h"
#include "protocol/js_config/stream_config.h"
#include "protocol/repository/manifest.h"
#include "protocol/sequences/sequence_set.h"

namespace jetkeep {

class DrillHandler : public SnapshotHandler {
 public:
  // Both must outlive the handler; `records` are those of the backup, from its first on. `times`:
  // by which rules of time messages of the copy may be gone at `now_ns`.
  // `compared` is called now and then with how many records of the copy were compared so far.
  DrillHandler(const Manifest& manifest, RecordSource& records, StreamConfigFacts times,
               std::int64_t now_ns, std::function<void(std::uint64_t)> compared = {})
      : manifest_(manifest),
        records_(records),
        times_(std::move(times)),
        now_ns_(now_ns),
        compared_(std::move(compared)) {}

  Status OnStreamMeta(std::string_view meta_json) override;
  Status OnRecord(const RecordView& record) override;
  Status OnDeleted(std::uint64_t first, std::uint64_t last) override;
  Status OnConsumer(ConsumerBackup consumer) override;
  Status OnDamage(ArchiveDamage damage) override;

  // After the snapshot: what differs, in words.
  Result<std::vector<std::string>> Finish();
  // Messages that the copy has no longer, because their time was up.
  std::uint64_t expired() const { return expired_; }

 private:
  // The backup's next record; null at the end.
  Result<const RecordView*> Expected();
  void Missing(const RecordView& record);
  void CompareConsumer(const ConsumerBackup& expected);

  const Manifest& manifest_;
  RecordSource& records_;
  const StreamConfigFacts times_;
  const std::int64_t now_ns_;
  const std::function<void(std::uint64_t)> compared_;
  std::uint64_t count_ = 0;  // of the copy's records
  std::uint64_t expired_ = 0;
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
