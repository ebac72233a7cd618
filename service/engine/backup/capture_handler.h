// CaptureHandler: takes what the decoder finds in a snapshot.
//
// Records go to the backup's writer at once; which of them count is known only when the cut is
// reached, so nothing is filtered here. One pass over every record.
// Thread-safety: one decoder thread; results are read after it has ended.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/engine.h"
#include "jetkeep/snapshot.h"
#include "service/engine/backup/cut_verdict.h"
#include "service/repository/backup_writer.h"

namespace jetkeep {

inline constexpr std::size_t kMaxDamageKept = 1000;

// What was inside an archive.
struct Captured {
  ArchiveSequences sequences;
  std::uint64_t present_bytes = 0;   // of all present records, as a file store counts them
  std::uint64_t largest_record = 0;  // likewise
  std::uint64_t last_sequence = 0;   // of the last record
  std::vector<ConsumerBackup> consumers;
  std::vector<ArchiveDamage> damage;  // the first kMaxDamageKept
  std::uint64_t damage_count = 0;
};

class CaptureHandler : public SnapshotHandler {
 public:
  // Both must outlive the handler.
  CaptureHandler(BackupWriter& writer, JobObserver& observer)
      : writer_(writer), observer_(observer) {}

  // The state in the server's reply: before the first record.
  void SetCut(const StreamState& reply) { reply_ = reply; }

  Status OnStreamMeta(std::string_view meta_json) override;
  Status OnRecord(const RecordView& record) override;
  Status OnDeleted(std::uint64_t first, std::uint64_t last) override;
  Status OnConsumer(ConsumerBackup consumer) override;
  Status OnDamage(ArchiveDamage damage) override;
  PieceHandler* pieces() override { return writer_.pieces(); }

  // After the last record.
  Captured& captured() {
    CloseRun();
    captured_.last_sequence = last_sequence_;
    return captured_;
  }

 private:
  void Report();
  void CloseRun();

  BackupWriter& writer_;
  JobObserver& observer_;
  StreamState reply_;
  Captured captured_;
  // Records nearly always follow each other: the set gets them as runs.
  std::uint64_t run_first_ = 0;  // of the run that last_sequence_ ends; 0: none
  std::uint64_t last_sequence_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t unreported_bytes_ = 0;
};

}  // namespace jetkeep
