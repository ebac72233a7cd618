// RecordView: one message of a stream as every format of ours carries it.
// Ownership: all views point into another object's buffer and live as long as that one says.
#pragma once

#include <cstdint>
#include <string_view>

namespace jetkeep {

// Of a server's archive: v1 is a tar of the file store, v2 is `NATSARC1`. It decides how a record
// is written: as in a block of the store, or as an entry. None: the server made no archive, and the
// messages were read one by one.
enum class ArchiveFormat : std::uint8_t { kV1Tar, kV2Natsarc, kNone };

struct RecordView {
  std::uint64_t sequence = 0;
  std::int64_t timestamp_ns = 0;  // since the Unix epoch, UTC
  std::string_view subject;
  std::string_view headers;  // the raw NATS header block ("NATS/1.0\r\n…"), empty if there is none
  std::string_view payload;
  // The whole record as its archive writes it, around the views above; empty: not known, and then
  // `format` says nothing.
  std::string_view encoded = {};
  ArchiveFormat format = ArchiveFormat::kV1Tar;
};

// What a server's file store counts for a message in `state.bytes`
// (total length field, sequence, time, subject length, checksum; the header length field if there
// are headers).
constexpr std::uint64_t FileStoreSize(const RecordView& record) {
  constexpr std::uint64_t kFixed = 4 + 8 + 8 + 2 + 8;
  const std::uint64_t headers = record.headers.empty() ? 0 : 4 + record.headers.size();
  return kFixed + record.subject.size() + headers + record.payload.size();
}

// The same for a memory store: subject, headers and payload, and two sequence-sized fields.
constexpr std::uint64_t MemoryStoreSize(const RecordView& record) {
  return record.subject.size() + record.headers.size() + record.payload.size() + 16;
}

}  // namespace jetkeep
