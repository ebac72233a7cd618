// The record of a server's file store block, little endian:
//
//   total length u32 (top bit: has headers) | sequence u64 | timestamp i64 ns | subject length u16
//   | subject | [ header length u32 | headers ] | payload | checksum 8 bytes
//
// The checksum is HighwayHash-64 under the key of the block (BlockKey) over bytes 4..19 of the
// record, the subject, the headers (without their length) and the payload. The top bit of the
// sequence marks a message that was erased or never stored, the bit below it a tombstone: "that
// earlier sequence is gone".
//
// Source: behaviour and source of nats-server 2.9 to 2.14 (`msgs/<n>.blk`).
// Thread-safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "jetkeep/record.h"
#include "protocol/codec/digest.h"
#include "protocol/codec/highway.h"
#include "protocol/codec/little_endian.h"

namespace jetkeep::v1 {

inline constexpr std::uint32_t kHeadersBit = std::uint32_t{1} << 31;
inline constexpr std::uint64_t kErasedBit = std::uint64_t{1} << 63;
inline constexpr std::uint64_t kTombstoneBit = std::uint64_t{1} << 62;

inline constexpr std::size_t kRecordHeaderSize = 4 + 8 + 8 + 2;
inline constexpr std::size_t kHeaderLengthSize = 4;
inline constexpr std::size_t kChecksumSize = 8;
inline constexpr std::size_t kEmptyRecordSize = kRecordHeaderSize + kChecksumSize;

// Servers take payloads up to 64 MiB; subject and framing come on top. (Servers themselves refuse
// to recover records above 32 MiB, but they store and send them.)
inline constexpr std::size_t kMaxRecordSize = (std::size_t{64} << 20) + (std::size_t{256} << 10);

struct RecordHeader {
  std::uint32_t length = 0;  // of the whole record
  bool has_headers = false;
  std::uint64_t marked_sequence = 0;  // with the bits above
  std::int64_t timestamp_ns = 0;
  std::uint16_t subject_size = 0;

  bool erased() const { return (marked_sequence & kErasedBit) != 0; }
  bool tombstone() const { return (marked_sequence & kTombstoneBit) != 0; }
  std::uint64_t sequence() const { return marked_sequence & ~(kErasedBit | kTombstoneBit); }
  // Whether the fixed parts and the subject fit into the length.
  bool Sane() const {
    const std::size_t fixed = kEmptyRecordSize + (has_headers ? kHeaderLengthSize : 0);
    return length >= fixed + subject_size && length <= kMaxRecordSize;
  }
};

// Reads kRecordHeaderSize bytes.
inline RecordHeader DecodeRecordHeader(const char* in) {
  const std::uint32_t length = LoadU32(in);
  return {length & ~kHeadersBit, (length & kHeadersBit) != 0, LoadU64(in + 4),
          static_cast<std::int64_t>(LoadU64(in + 12)), LoadU16(in + 20)};
}

// Splits a whole record of a sane header into views into it; the checksum is not looked at. False
// if its headers do not fit into it.
inline bool SplitRecord(const RecordHeader& header, std::string_view record, RecordView& out) {
  std::string_view content = record.substr(kRecordHeaderSize, record.size() - kEmptyRecordSize);
  out = {header.sequence(),
         header.timestamp_ns,
         content.substr(0, header.subject_size),
         {},
         {},
         record,
         ArchiveFormat::kV1Tar};
  content.remove_prefix(header.subject_size);
  if (header.has_headers) {
    const std::uint32_t headers_size = LoadU32(content.data());
    content.remove_prefix(kHeaderLengthSize);
    if (headers_size > content.size()) return false;
    out.headers = content.substr(0, headers_size);
    content.remove_prefix(headers_size);
  }
  out.payload = content;
  return true;
}

// The key of all checksums in block `number` of the stream.
inline HighwayKey BlockKey(std::string_view stream, std::uint32_t number) {
  return HighwayKeyOf(Sha256(std::string(stream) + "-" + std::to_string(number)));
}

// The key of meta.sum and index.db (`name` is the stream, or "<stream>/<consumer>").
inline HighwayKey NameKey(std::string_view name) { return HighwayKeyOf(Sha256(name)); }

}  // namespace jetkeep::v1
