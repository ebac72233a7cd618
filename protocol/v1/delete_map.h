// The delete maps of a v1 archive: which sequences of a block hold no message although no record
// says so.
//
//   IndexDbParser   `msgs/index.db` (servers 2.10 to 2.14, its versions 1 to 4), the map of all
//   blocks BlockIndex      `msgs/<n>.idx` (servers 2.9), the map of one block, which comes before
//   that block
//
// Servers ship stale and half-written ones. So a map that cannot be read, or fails its own check,
// is no error and proves nothing: `usable` is false, and the caller has to find other proof for
// what is missing. What a usable but stale map says stays true: a deleted sequence never comes
// back.
//
// Source: source of nats-server 2.9 to 2.14. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "jetkeep/byte_buffer.h"
#include "jetkeep/error.h"
#include "jetkeep/snapshot.h"
#include "protocol/codec/highway_stream.h"
#include "protocol/sequences/sequence_set.h"
#include "protocol/v1/record.h"

namespace jetkeep::v1 {

struct DeleteMapReport {
  bool usable = false;
  std::string problem;  // why not
  // Of an .idx: it is right, but was written for another content of the block.
  bool other_content = false;
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  std::uint64_t messages = 0;
  // Of index.db: the last block it tells of, and the checksum of the last record in it then.
  std::uint64_t last_block = 0;
  std::uint64_t last_checksum = 0;
};

// index.db holds every subject of the stream before the maps, so it is read as it comes and only
// the maps are kept: memory follows the deleted sequences (compactly), not the subjects.
class IndexDbParser {
 public:
  explicit IndexDbParser(std::string_view stream_name);
  void Feed(std::string_view bytes);
  // If the file is right, passes all that it says is deleted to the handler. Errors: the handler's.
  Result<DeleteMapReport> Finish(SnapshotHandler& handler);

 private:
  enum class Part { kHeader, kSubjects, kBlocks, kMapHeader, kMapNodes, kTail, kFailed };

  bool Step(std::string_view& in);
  bool ReadHeader(std::string_view& in);
  bool ReadSubject(std::string_view& in);
  bool ReadBlock(std::string_view& in);
  bool ReadMapHeader(std::string_view& in);
  bool ReadMapNode(std::string_view& in);
  bool Problem(const char* what);
  void EndBlock();

  Highway64Stream hash_;
  ByteBuffer carry_;
  Part part_ = Part::kHeader;
  DeleteMapReport report_;
  SequenceSet deleted_;
  int version_ = 0;
  std::uint64_t subjects_left_ = 0;
  std::uint64_t blocks_left_ = 0;
  std::uint64_t map_size_ = 0;     // of the block at hand
  std::uint64_t map_members_ = 0;  // seen so far
  std::uint32_t nodes_left_ = 0;
  int node_words_ = 0;
  std::uint64_t block_first_ = 0;
  std::uint64_t block_last_ = 0;
  std::uint64_t covered_ = 0;  // the highest sequence of the blocks so far
};

class BlockIndex {
 public:
  // `bytes` need not outlive the call.
  explicit BlockIndex(std::string_view bytes);
  // The block has been read: its map holds if it was written for this very content.
  // `previous_last` is the last sequence of the blocks before this one. Errors: the handler's.
  Result<DeleteMapReport> Finish(std::uint64_t block_bytes, std::uint64_t block_last_checksum,
                                 std::uint64_t previous_last, SnapshotHandler& handler);

 private:
  bool Parse(std::string_view in);
  bool Problem(const char* what);

  DeleteMapReport report_;
  SequenceSet deleted_;
  std::uint64_t last_checksum_ = 0;
};

// The `.idx` of a block that holds no message any more and ends at `last_sequence`.
std::string EncodeEmptyBlockIndex(std::uint64_t last_sequence, std::int64_t last_time_ns,
                                  std::uint64_t last_checksum);

}  // namespace jetkeep::v1
