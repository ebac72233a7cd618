// ReplicaReader: the messages of one stream as one directory of a server holds them, in rising
// order, and what the directory tells of all others.
//
// Blocks are read one at a time, whole (at most filestore::kMaxBlockBytes). What cannot be read of
// one is a finding, and the next one is read. index.db is read first, and believed only as far as
// the blocks bear it out: a checksum of a record in the block that it calls the last proves that it
// is of these blocks, and then what it calls deleted is deleted.
//
// A gap proves a deletion only inside of a block, where nothing but a compaction makes one, and
// before the first record of block 1, which nothing precedes. Between two blocks it may be the end
// of the first one that is missing: a file can end early, at a record as anywhere else.
//
// Thread-safety: one thread at a time. Ownership: the folder outlives the reader.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/record_stream.h"
#include "protocol/filestore/block_scanner.h"
#include "protocol/filestore/store_keys.h"
#include "protocol/v1/delete_map.h"
#include "service/engine/salvage/salvage_types.h"
#include "service/engine/transfer/source_folder.h"

namespace jetkeep {

struct ReplicaPlace {
  std::string account;  // the folder's name, which keys depend on
  std::string stream;
};

class ReplicaReader final : public RecordSource {
 public:
  // folder: the stream's own, with meta.inf and msgs.
  ReplicaReader(const SourceFolder& folder, ReplicaPlace place, const StoreSecrets& secrets,
                const CancelToken& cancel);

  // Errors: cancelled, or the folder cannot be listed.
  Result<const RecordView*> Next() override;
  // After the last record.
  const ReplicaFindings& findings() const { return findings_; }

 private:
  Status Begin();
  Status FindMessages();
  void ReadIndex();
  Result<bool> OpenBlock();
  void ReadBlock(std::uint32_t number);
  std::string Decrypted(std::uint32_t number, std::string file);
  void TakeItem(const filestore::BlockItem& item);
  void TakeGap(std::uint64_t sequence);
  bool GapIsProved() const;
  bool EmptyIsProved() const;
  void EndBlock();
  void ReadBlockIndex();
  void End();
  void Damage(std::string what);

  const SourceFolder& folder_;
  const ReplicaPlace place_;
  const StoreSecrets& secrets_;
  const CancelToken& cancel_;
  ReplicaFindings findings_;

  bool begun_ = false;
  std::optional<SourceFolder> messages_;
  std::vector<std::uint32_t> numbers_;
  std::size_t next_block_ = 0;
  SequenceSet block_indexes_;  // numbers of .idx files, which 2.9 writes

  SequenceSet index_deleted_;
  v1::DeleteMapReport index_;
  bool index_proved_ = false;

  // The block at hand.
  std::uint32_t number_ = 0;
  std::string bytes_;
  std::optional<filestore::BlockScanner> scanner_;
  std::optional<filestore::AssetKey> key_;
  bool file_is_empty_ = false;
  bool index_says_empty_ = false;  // the block's own, of 2.9
  std::uint64_t first_in_block_ = 0;
  std::uint64_t last_checksum_ = 0;
  bool damage_before_ = false;  // since the last sequence that was read
  bool block_gap_ = false;      // a block number was passed over since then
  std::uint64_t last_ = 0;      // of the records so far
  RecordView record_;
};

}  // namespace jetkeep
