// BackupWriter: one backup being made. Records go in, in rising sequence order; Finish publishes
// it. Nothing of it is visible before, and nothing is left of it if it is destroyed without. A
// process that stood still, so that another one took its claim, changes nothing any more:
// kLeaseLost.
//
// fsyncs of one backup: its segments (none if there is no record, else usually one) and their
// directory, the manifest and its directory; once for each directory that is new.
//
// Thread-safety: one thread at a time. Ownership: the Repository outlives its writers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "jetkeep/record.h"
#include "jetkeep/snapshot.h"
#include "jetkeep/store.h"
#include "protocol/repository/layout.h"
#include "protocol/repository/manifest.h"
#include "service/repository/anchor_sampler.h"
#include "service/repository/backup_claim.h"
#include "service/repository/backup_reader.h"
#include "service/repository/segments/block_pipeline.h"
#include "service/repository/segments/block_workers.h"

namespace jetkeep {

class BackupWriter {
 public:
  BackupWriter(Store& store, BlockWorkers& workers, LineagePath place, std::string id,
               const WriterOptions& options, BackupClaim claim, std::function<void()> when_over);
  ~BackupWriter();
  BackupWriter(const BackupWriter&) = delete;
  BackupWriter& operator=(const BackupWriter&) = delete;

  const std::string& id() const { return id_; }

  // Who takes an archive's pieces; null if none are kept.
  PieceHandler* pieces() { return pipeline_.pieces(); }
  // Records must rise in sequence. An error may be that of a block taken earlier; nothing more can
  // be added then.
  Status AddRecord(const RecordView& record);

  // Keeps the digests of these messages, where they are added. Before the first record.
  void Watch(std::vector<std::uint64_t> sequences) { anchors_.Watch(std::move(sequences)); }

  // Ends the records: all are on stable storage, but nothing is published yet. Finish does this by
  // itself. The last piece must have ended.
  Status Seal();
  // The live records of what was written, as a reader will find them under `manifest`, whose
  // segments this sets. Seals. The manifest and the writer must outlive the reader.
  Result<std::unique_ptr<BackupReader>> ReadBack(Manifest& manifest, ReadRange range = {});
  // Of one live message under `manifest`: known from when it was added, or read back.
  Result<Anchor> AnchorAt(Manifest& manifest, std::uint64_t sequence);

  // manifest: all fields but those that only the writer knows (id, segments, anchors, completed_ns,
  // tool version), which it sets. Returns it as written, with file_bytes. After an error the backup
  // is not there.
  Result<Manifest> Finish(Manifest manifest, std::int64_t now_ns);

  // Removes all that was written. The destructor does it, too.
  void Abandon();

  // So far. Thread-safe.
  std::uint64_t stored_bytes() const { return pipeline_.stored_bytes(); }

 private:
  Result<std::vector<Anchor>> Anchors(Manifest& manifest);
  Status Publish(const std::string& manifest);

  Store& store_;
  BlockWorkers& workers_;
  const LineagePath place_;
  const std::string id_;
  BackupClaim claim_;
  const std::function<void()> when_over_;  // the claim is released
  BlockPipeline pipeline_;                 // what it writes needs the claim
  std::vector<SegmentRef> segments_;
  AnchorSampler anchors_;
  std::uint64_t largest_message_ = 0;
  bool published_ = false;  // the manifest may have its name
  bool sealed_ = false;
  bool done_ = false;
};

}  // namespace jetkeep
