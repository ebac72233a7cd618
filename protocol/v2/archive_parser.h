// ArchiveParser: reads a decompressed `NATSARC1` archive as it arrives.
//
// Checks the magic, the order (state.json, consumers, records in rising sequence, end entry,
// nothing behind it) and all sizes; it does not look into the JSON texts. Whoever does, compares
// the consumer count of the state with consumers(). Buffers at most one entry that lies across two
// views, and that only as its bytes arrive. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <string_view>

#include "jetkeep/byte_buffer.h"
#include "jetkeep/byte_stream.h"
#include "jetkeep/error.h"
#include "jetkeep/record.h"
#include "protocol/v2/entry.h"

namespace jetkeep::v2 {

inline constexpr std::string_view kMagic = "NATSARC1";
inline constexpr std::string_view kStateName = "state.json";
inline constexpr std::string_view kConsumerPrefix = "consumers/";

// Takes what is inside, in archive order. Views are valid during the call only. An error stops the
// parser, which returns it.
class ArchiveHandler {
 public:
  virtual ~ArchiveHandler() = default;
  virtual Status OnState(std::string_view json) = 0;
  // JSON object with "config" and "state".
  virtual Status OnConsumerEntry(std::string_view name, std::string_view json) = 0;
  virtual Status OnRecord(const RecordView& record) = 0;
};

class ArchiveParser {
 public:
  // Does not own the handler.
  explicit ArchiveParser(ArchiveHandler& handler) : handler_(handler) {}

  // The next bytes of the archive, any number of them. kArchiveCorrupt on bytes that no archive can
  // hold; no member may be called after an error.
  Status Feed(std::string_view bytes);
  // No more bytes come. kSnapshotIncomplete if the end entry has not been seen.
  Status Finish();
  // Feeds everything that `source` has, then finishes.
  Status Drive(ByteSource& source);

  std::uint64_t records() const { return records_; }
  std::uint64_t consumers() const { return consumers_; }
  std::uint64_t archive_bytes() const { return offset_; }

 private:
  enum class Stage : std::uint8_t { kStart, kState, kConsumers, kRecords, kEnded };

  Status TakeMagic(std::string_view& bytes);
  Status TakeBuffered(std::string_view& bytes);
  Status OnEntry(const Entry& entry, std::size_t size);
  Status OnMetaEntry(const Entry& entry);
  Status OnMessage(const Entry& entry);
  tl::unexpected<Error> Corrupt(std::string_view what) const;

  ArchiveHandler& handler_;
  Stage stage_ = Stage::kStart;
  ByteBuffer partial_;        // an entry (or the magic) that lies across views
  std::uint64_t offset_ = 0;  // of the entry being read
  std::uint64_t last_sequence_ = 0;
  std::uint64_t records_ = 0;
  std::uint64_t consumers_ = 0;
};

}  // namespace jetkeep::v2
