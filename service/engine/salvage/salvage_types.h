// What a salvage finds of a stream, and what it could not read. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "protocol/sequences/sequence_set.h"

namespace jetkeep {

// The secrets of a server, its own and the one before; empty: none were given.
using StoreSecrets = std::vector<std::string>;

// What could not be read of one directory.
struct SalvageDamage {
  std::string where;  // "2.blk at offset 4711", "consumer worker: o.dat"
  std::string what;
};

inline constexpr std::size_t kMostDamageKept = 200;

struct ConsumerNotRead {
  std::string name;
  std::string reason;
};

// All that one directory tells of a stream's sequences besides its records.
struct ReplicaFindings {
  SequenceSet present;  // of the records that were read, also deleted ones
  // Proved to have held no message when the directory was left: erased and skipped records,
  // tombstones, and the delete maps that are proved to be of these blocks.
  SequenceSet deleted;
  // Not read, and nothing but a compaction explains that: a gap inside of a block, or before the
  // first message of block 1. No proof against a message that another directory holds.
  SequenceSet compacted;
  // Not read, and may have been where damage is.
  SequenceSet damaged;
  // Between two blocks, or below the first: deleted, or lost with a file or its end.
  SequenceSet unknown;
  // index.db counted them as messages, and they are in no block.
  SequenceSet missing;
  // index.db was written when the blocks were as they are: `missing` are lost.
  bool index_is_fresh = false;
  bool has_index = false;
  std::uint64_t first_block = 0;
  std::uint64_t blocks = 0;
  std::uint64_t last_sequence = 0;
  std::int64_t last_time_ns = 0;
  // The last block ends in damage: nothing tells how many messages came behind it.
  bool end_is_damaged = false;
  // All that there is, is an empty first block: a new stream's, or one that was emptied.
  bool only_block_is_empty = false;
  std::vector<SalvageDamage> damage;  // the first kMostDamageKept
  std::uint64_t damage_count = 0;
  std::vector<std::string> notes;

  void AddDamage(std::string where, std::string what) {
    ++damage_count;
    if (damage.size() < kMostDamageKept) damage.push_back({std::move(where), std::move(what)});
  }
};

}  // namespace jetkeep
