#include "protocol/repository/segment.h"

#include <algorithm>
#include <cstring>

#include "protocol/codec/highway.h"
#include "protocol/codec/little_endian.h"

namespace jetkeep {
namespace {

constexpr std::string_view kHeaderMagic = "JETKSEG\n";
constexpr std::string_view kFooterMagic = "JETKEND\n";
// What a later version may need for each block.
constexpr std::uint32_t kMaxIndexEntryBytes = 128;
constexpr std::string_view kMust = "must_";
constexpr std::size_t kAreaBytes = 8 + 32;  // length and digest, behind the name
// What of a block header the checksum covers besides the stored bytes.
constexpr std::size_t kBlockHeaderChecked = 24;
constexpr std::size_t kFooterChecked = 48;

tl::unexpected<Error> Corrupt(std::string message) {
  return Fail(Errc::kRepositoryCorrupt, std::move(message),
              "Copy the file again from a replica of the repository, or use another backup.");
}

// Id and number make a block that was moved, swapped or copied to another place fail its checksum.
HighwayKey BlockKey(const SegmentId& id, std::uint32_t block_number) {
  const char* bytes = reinterpret_cast<const char*>(id.data());
  return {{LoadU64(bytes), LoadU64(bytes + 8), block_number, 0x6b636f6c626b746aULL}};
}

void PutBlockHeader(const BlockInfo& info, char* out) {
  StoreU32(out, info.stored_bytes);
  StoreU32(out + 4, info.raw_bytes);
  out[8] = static_cast<char>(info.codec);
  out[9] = 0;  // encryption: none
  StoreU16(out + 10, 0);
  StoreU32(out + 12, info.records);
  StoreU64(out + 16, info.first_sequence);
  StoreU64(out + 24, info.checksum[0]);
  StoreU64(out + 32, info.checksum[1]);
}

std::array<std::uint64_t, 2> ChecksumOf(const SegmentId& id, std::uint32_t block_number,
                                        const char* header, const StoredBytes& stored) {
  return Highway128(BlockKey(id, block_number),
                    {std::string_view(header, kBlockHeaderChecked), stored.first, stored.second});
}

Digest TailDigest(std::string_view header, std::string_view tail, std::string_view footer) {
  Blake2bHasher hasher;
  hasher.Update(header);
  hasher.Update(tail);
  hasher.Update(footer.substr(0, kFooterChecked));
  return hasher.Finish();
}

Result<BlockInfo> ParseIndexEntry(const char* in) {
  BlockInfo info;
  info.first_sequence = LoadU64(in);
  info.last_sequence = LoadU64(in + 8);
  info.first_time_ns = static_cast<std::int64_t>(LoadU64(in + 16));
  info.offset = LoadU64(in + 24);
  info.stored_bytes = LoadU32(in + 32);
  info.raw_bytes = LoadU32(in + 36);
  info.records = LoadU32(in + 40);
  const auto codec = static_cast<unsigned char>(in[44]);
  const auto encryption = static_cast<unsigned char>(in[45]);
  info.checksum = {LoadU64(in + 48), LoadU64(in + 56)};
  if (codec > static_cast<unsigned char>(BlockCodec::kArchive) || encryption != 0 ||
      LoadU16(in + 46) != 0) {
    return Fail(Errc::kRepositoryUnsupported,
                "a block is compressed or encrypted in an unknown way", "Use a newer jetkeep.");
  }
  info.codec = static_cast<BlockCodec>(codec);
  if (info.raw_bytes == 0 || info.raw_bytes > kMaxBlockRawBytes || info.stored_bytes == 0 ||
      info.stored_bytes > info.raw_bytes || info.records == 0 ||
      (info.codec == BlockCodec::kRaw && info.stored_bytes != info.raw_bytes)) {
    return Corrupt("the lengths of a block are out of range");
  }
  if (info.first_sequence == 0 || info.last_sequence < info.first_sequence ||
      info.last_sequence - info.first_sequence < info.records - 1u) {
    return Corrupt("the sequences of a block are out of range");
  }
  return info;
}

}  // namespace

SegmentId SegmentIdOf(std::string_view segment_name) {
  const Digest digest = Blake2b(segment_name);
  SegmentId id;
  std::copy_n(digest.begin(), id.size(), id.begin());
  return id;
}

std::string EncodeSegmentHeader(const SegmentId& id, int version) {
  std::string header(kSegmentHeaderBytes, '\0');
  std::memcpy(header.data(), kHeaderMagic.data(), kHeaderMagic.size());
  StoreU16(header.data() + 8, static_cast<std::uint16_t>(version));
  std::memcpy(header.data() + 16, id.data(), id.size());
  return header;
}

void EncodeBlockHeader(const SegmentId& id, std::uint32_t block_number, const StoredBytes& stored,
                       BlockInfo& info, char* out) {
  info.stored_bytes = static_cast<std::uint32_t>(stored.first.size() + stored.second.size());
  PutBlockHeader(info, out);
  info.checksum = ChecksumOf(id, block_number, out, stored);
  StoreU64(out + 24, info.checksum[0]);
  StoreU64(out + 32, info.checksum[1]);
}

SegmentTail EncodeSegmentTail(const SegmentId& id, const std::vector<BlockInfo>& blocks) {
  SegmentTail tail;
  tail.bytes.resize(blocks.size() * kIndexEntryBytes + kSegmentFooterBytes, '\0');
  char* out = tail.bytes.data();
  std::uint64_t records = 0;
  std::uint64_t raw = 0;
  std::uint64_t end = kSegmentHeaderBytes;
  for (const BlockInfo& info : blocks) {
    StoreU64(out, info.first_sequence);
    StoreU64(out + 8, info.last_sequence);
    StoreU64(out + 16, static_cast<std::uint64_t>(info.first_time_ns));
    StoreU64(out + 24, info.offset);
    StoreU32(out + 32, info.stored_bytes);
    StoreU32(out + 36, info.raw_bytes);
    StoreU32(out + 40, info.records);
    out[44] = static_cast<char>(info.codec);
    StoreU64(out + 48, info.checksum[0]);
    StoreU64(out + 56, info.checksum[1]);
    out += kIndexEntryBytes;
    records += info.records;
    raw += info.raw_bytes;
    end = info.offset + kBlockHeaderBytes + info.stored_bytes;
  }
  std::memcpy(out, kFooterMagic.data(), kFooterMagic.size());
  StoreU16(out + 8, kSegmentVersion);
  StoreU16(out + 10, kIndexEntryBytes);
  StoreU32(out + 12, static_cast<std::uint32_t>(blocks.size()));
  StoreU64(out + 16, end);
  StoreU64(out + 24, blocks.size() * kIndexEntryBytes);
  StoreU64(out + 32, records);
  StoreU64(out + 40, raw);
  const std::string_view index =
      std::string_view(tail.bytes).substr(0, blocks.size() * kIndexEntryBytes);
  tail.digest =
      TailDigest(EncodeSegmentHeader(id), index, std::string_view(out, kSegmentFooterBytes));
  std::memcpy(out + kFooterChecked, tail.digest.data(), tail.digest.size());
  return tail;
}

Result<SegmentFooter> ParseSegmentFooter(std::string_view bytes, std::uint64_t file_bytes) {
  if (bytes.size() != kSegmentFooterBytes ||
      file_bytes < kSegmentHeaderBytes + kSegmentFooterBytes) {
    return Corrupt("the segment is too short");
  }
  const char* in = bytes.data();
  if (!bytes.starts_with(kFooterMagic)) return Corrupt("the segment does not end in a footer");
  SegmentFooter footer;
  footer.version = LoadU16(in + 8);
  footer.entry_bytes = footer.version == 1 ? kIndexEntryBytes : LoadU16(in + 10);
  footer.blocks = LoadU32(in + 12);
  footer.index_offset = LoadU64(in + 16);
  footer.tail_bytes = LoadU64(in + 24);
  footer.records = LoadU64(in + 32);
  footer.raw_bytes = LoadU64(in + 40);
  std::memcpy(footer.digest.data(), in + kFooterChecked, footer.digest.size());
  // So much holds for every version: what follows is read only if it is of a known one.
  if (footer.tail_bytes > kMaxSegmentTailBytes || footer.index_offset < kSegmentHeaderBytes ||
      footer.index_offset > file_bytes ||
      file_bytes - footer.index_offset != footer.tail_bytes + kSegmentFooterBytes) {
    return Corrupt("the segment's footer does not fit its length of " + std::to_string(file_bytes) +
                   " bytes");
  }
  return footer;
}

namespace {

Status CheckFooter(const SegmentFooter& footer) {
  const std::uint64_t index = std::uint64_t{footer.blocks} * footer.entry_bytes;
  if (footer.blocks == 0 || footer.blocks > kMaxBlocksPerSegment ||
      footer.entry_bytes < kIndexEntryBytes || footer.entry_bytes > kMaxIndexEntryBytes ||
      index > footer.tail_bytes || (footer.version == 1 && index != footer.tail_bytes)) {
    return Corrupt("the segment's footer does not fit its index");
  }
  return {};
}

// list: what of the tail follows the index. offset: where the last block ends.
Result<std::vector<SegmentArea>> ParseAreas(std::string_view list, std::uint64_t offset,
                                            std::uint64_t end) {
  std::vector<SegmentArea> areas;
  while (!list.empty()) {
    const std::size_t name = static_cast<unsigned char>(list.front());
    if (name == 0 || list.size() < 1 + name + kAreaBytes) {
      return Corrupt("the segment's list of areas is damaged");
    }
    SegmentArea area;
    area.name = list.substr(1, name);
    area.offset = offset;
    area.bytes = LoadU64(list.data() + 1 + name);
    std::memcpy(area.digest.data(), list.data() + 1 + name + 8, area.digest.size());
    if (area.bytes > end - offset) return Corrupt("an area of the segment is out of range");
    if (area.name.starts_with(kMust)) {
      return Fail(Errc::kRepositoryUnsupported,
                  "the segment has an area that this version does not know and must not ignore",
                  "Use a newer jetkeep.");
    }
    offset += area.bytes;
    list.remove_prefix(1 + name + kAreaBytes);
    areas.push_back(std::move(area));
  }
  if (offset != end) return Corrupt("the segment has bytes outside of its blocks and areas");
  return areas;
}

}  // namespace

Result<SegmentIndex> ParseSegmentIndex(const SegmentId& id, std::string_view header,
                                       std::string_view tail, std::string_view footer_bytes) {
  if (footer_bytes.size() != kSegmentFooterBytes) return Corrupt("the segment is too short");
  JETKEEP_ASSIGN(const SegmentFooter footer,
                 ParseSegmentFooter(footer_bytes, LoadU64(footer_bytes.data() + 16) + tail.size() +
                                                      kSegmentFooterBytes));
  if (TailDigest(header, tail, footer_bytes) != footer.digest) {
    return Corrupt("the digest of the segment's index is wrong");
  }
  if (footer.version < 1 || footer.version > kSegmentVersion) {
    return Fail(Errc::kRepositoryUnsupported,
                "the segment has version " + std::to_string(footer.version),
                "Use a newer jetkeep.");
  }
  if (header != EncodeSegmentHeader(id, footer.version)) {
    return Corrupt("the segment's header is damaged or belongs to another segment");
  }
  JETKEEP_TRY(CheckFooter(footer));
  SegmentIndex index;
  index.blocks.reserve(footer.blocks);
  std::uint64_t offset = kSegmentHeaderBytes;
  std::uint64_t before = 0;
  std::uint64_t records = 0;
  std::uint64_t raw = 0;
  for (std::uint32_t number = 0; number < footer.blocks; ++number) {
    // What an entry has behind what is known here belongs to a newer version.
    JETKEEP_ASSIGN(const BlockInfo info, ParseIndexEntry(tail.data()));
    tail.remove_prefix(footer.entry_bytes);
    if (info.offset != offset || info.first_sequence <= before) {
      return Corrupt("block " + std::to_string(number) + " is not in its place");
    }
    offset += kBlockHeaderBytes + info.stored_bytes;
    before = info.last_sequence;
    records += info.records;
    raw += info.raw_bytes;
    index.blocks.push_back(info);
  }
  if (offset > footer.index_offset || records != footer.records || raw != footer.raw_bytes) {
    return Corrupt("the segment's index and footer disagree");
  }
  JETKEEP_ASSIGN(index.areas, ParseAreas(tail, offset, footer.index_offset));
  return index;
}

Result<std::string_view> CheckBlock(const SegmentId& id, std::uint32_t block_number,
                                    const BlockInfo& info, std::string_view block) {
  if (block.size() != kBlockHeaderBytes + info.stored_bytes)
    return Corrupt("the block is cut short");
  char expected[kBlockHeaderBytes];
  PutBlockHeader(info, expected);
  if (std::memcmp(expected, block.data(), kBlockHeaderBytes) != 0) {
    return Corrupt("the block's header differs from the index");
  }
  const std::string_view stored = block.substr(kBlockHeaderBytes);
  if (ChecksumOf(id, block_number, expected, {stored}) != info.checksum) {
    return Corrupt("the block's checksum is wrong");
  }
  return stored;
}

}  // namespace jetkeep
