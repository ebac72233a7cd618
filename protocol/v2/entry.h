// One entry of a `NATSARC1` archive.
//
//     uvarint name size | zigzag varint timestamp ns | uvarint sequence | uvarint header size |
//     uvarint payload size | name | headers | payload
//
// A message's name is its subject. Thread-safety: pure functions. Ownership: views into the input.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "jetkeep/byte_buffer.h"
#include "jetkeep/record.h"
#include "protocol/codec/varint.h"

namespace jetkeep::v2 {

inline constexpr std::size_t kMaxNameBytes = 64 * 1024;
// Headers and payload together; servers allow 64 MiB at most.
inline constexpr std::size_t kMaxContentBytes = 64 * 1024 * 1024 + 64 * 1024;
// The five numbers in front of the name.
inline constexpr std::size_t kMaxPrefixBytes = 5 * kMaxVarintBytes;

struct Entry {
  std::string_view name;
  std::int64_t timestamp_ns = 0;
  std::uint64_t sequence = 0;
  std::string_view headers;
  std::string_view payload;
  std::string_view encoded;  // all of it

  RecordView AsRecord() const {
    return {sequence, timestamp_ns, name, headers, payload, encoded, ArchiveFormat::kV2Natsarc};
  }
  // The entry of zeros that ends an archive.
  bool IsEnd() const {
    return sequence == 0 && timestamp_ns == 0 && name.empty() && headers.empty() && payload.empty();
  }
};

std::size_t EntrySize(const RecordView& record);
void AppendEntry(ByteBuffer& out, const RecordView& record);
// Only the part in front of the headers: numbers and name. Headers and payload follow as they are.
void AppendEntryPrefix(ByteBuffer& out, const RecordView& record);

enum class ParseOutcome : std::uint8_t {
  kComplete,  // `entry` is set, `size` is how many bytes it took
  kNeedMore,  // `in` ends early; `size` is that of the whole entry, or 0 if that is not known yet
  kCorrupt,   // no entry can begin like this
};

// Reads the entry at the front of `in`.
ParseOutcome ParseEntry(std::string_view in, Entry& entry, std::size_t& size);

}  // namespace jetkeep::v2
