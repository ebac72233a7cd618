// The layout of a segment file: header, blocks of records, index, footer. FORMAT.md, "Segments".
//
// Everything here works on bytes in memory; service/repository moves them to and from files.
// Lengths are checked against the limits below before anything is allocated by them. Thread-safety:
// functions are pure; values are plain. Errors: kRepositoryCorrupt for bytes that no writer makes,
// kRepositoryUnsupported for a newer version.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"
#include "protocol/codec/digest.h"

namespace jetkeep {

inline constexpr std::size_t kSegmentHeaderBytes = 32;
inline constexpr std::size_t kBlockHeaderBytes = 40;
inline constexpr std::size_t kIndexEntryBytes = 64;
inline constexpr std::size_t kSegmentFooterBytes = 80;

// A block is closed once it holds this much; only its last record may exceed it.
inline constexpr std::size_t kBlockTargetBytes = 1024 * 1024;
inline constexpr std::size_t kMaxBlockRawBytes = 66 * 1024 * 1024;
inline constexpr std::size_t kMaxBlocksPerSegment = 65536;

enum class BlockCodec : std::uint8_t {
  kRaw = 0,
  kZstd = 1,
  kArchive = 2,  // a piece of a server's archive, archive_piece.h
};

// Ties blocks to their file: the first 16 bytes of the BLAKE2b digest of the segment's name.
using SegmentId = std::array<std::uint8_t, 16>;
SegmentId SegmentIdOf(std::string_view segment_name);

struct BlockInfo {
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  std::int64_t first_time_ns = 0;
  std::uint64_t offset = 0;  // of the block's header in the file
  std::uint32_t stored_bytes = 0;
  std::uint32_t raw_bytes = 0;
  std::uint32_t records = 0;
  BlockCodec codec = BlockCodec::kRaw;
  std::array<std::uint64_t, 2> checksum{};
};

// What is written; 1 is read, too.
inline constexpr int kSegmentVersion = 2;

std::string EncodeSegmentHeader(const SegmentId& id, int version = kSegmentVersion);

// The bytes that are stored of a block: the second run follows the first.
struct StoredBytes {
  std::string_view first;
  std::string_view second = {};
};

// Fills in info.checksum and writes the kBlockHeaderBytes in front of the stored bytes.
void EncodeBlockHeader(const SegmentId& id, std::uint32_t block_number, const StoredBytes& stored,
                       BlockInfo& info, char* out);

struct SegmentTail {
  std::string bytes;  // index, list of areas and footer, the end of the file
  Digest digest{};    // over header and these: what a manifest keeps of the segment
};
SegmentTail EncodeSegmentTail(const SegmentId& id, const std::vector<BlockInfo>& blocks);

struct SegmentFooter {
  int version = 0;
  std::uint32_t entry_bytes = 0;  // of the index, for each block
  std::uint32_t blocks = 0;
  std::uint64_t index_offset = 0;
  std::uint64_t tail_bytes = 0;  // index and list of areas; at most kMaxSegmentTailBytes
  std::uint64_t records = 0;
  std::uint64_t raw_bytes = 0;
  Digest digest{};
};

inline constexpr std::size_t kMaxSegmentTailBytes = 16 * 1024 * 1024;

// bytes: the last kSegmentFooterBytes of a file of file_bytes.
Result<SegmentFooter> ParseSegmentFooter(std::string_view bytes, std::uint64_t file_bytes);

// Bytes between the last block and the index. No version so far writes any; what a later one keeps
// there, a reader may pass over.
struct SegmentArea {
  std::string name;
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  Digest digest{};
};

struct SegmentIndex {
  std::vector<BlockInfo> blocks;
  std::vector<SegmentArea> areas;
};

// header and tail: as read from where the footer says. Checks the digest, that the header is that
// of the segment `id`, that blocks and areas fill the file, and that blocks rise in sequence.
Result<SegmentIndex> ParseSegmentIndex(const SegmentId& id, std::string_view header,
                                       std::string_view tail, std::string_view footer_bytes);

// block: header and stored bytes as read from info.offset. Returns the stored bytes if header,
// index and checksum agree.
Result<std::string_view> CheckBlock(const SegmentId& id, std::uint32_t block_number,
                                    const BlockInfo& info, std::string_view block);

}  // namespace jetkeep
