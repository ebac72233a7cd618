// The contract between the decoders of a server's snapshot archive and the handler of its
// contents, and between the encoders of an archive and the caller that supplies its records.
//
// Both archive formats (v1, a tar of the file store; v2, `NATSARC1`) speak through these two
// interfaces, so nothing above them knows which one a server used.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/byte_buffer.h"
#include "jetkeep/error.h"
#include "jetkeep/record.h"
#include "jetkeep/stream_state.h"

namespace jetkeep {

// The entry by which a server says, inside a v1 archive, that it could not read all of the stream.
inline constexpr std::string_view kErrorsFile = "errors.txt";

// Damage inside an archive that a decoder could skip.
struct ArchiveDamage {
  std::string where;           // "block 3 at offset 81920", "consumer worker: o.dat", "errors.txt"
  std::string what;            // "record checksum is wrong", the text of errors.txt, …
  std::uint64_t sequence = 0;  // the sequence the damaged record claims; 0 if unknown
};

// A run of an archive, as it came and decoded.
struct ArchivePiece {
  std::string_view bytes;
  // The whole S2 chunks of data that decode to `bytes`. Until the next call of OnPiece the handler
  // may move them away, leaving another buffer, whose memory is used from then on.
  ByteBuffer* chunks = nullptr;
};

// Takes an archive's pieces, besides what is found in them.
class PieceHandler {
 public:
  virtual ~PieceHandler() = default;
  // What comes next was found in `piece`, whose views stay valid until the next call; records that
  // lie whole in it are views into it. An empty piece: what comes next is in none. The last call is
  // one with an empty piece, after errors too.
  virtual Status OnPiece(const ArchivePiece& piece) = 0;
};

// Takes what a decoder finds, in archive order. An error returned by any member stops the decoder,
// which returns that error. Views are valid during the call only.
class SnapshotHandler {
 public:
  virtual ~SnapshotHandler() = default;
  // v1 only: the stream's meta.inf (JSON: Created and the stream configuration).
  virtual Status OnStreamMeta(std::string_view meta_json) = 0;
  // A message as stored. In v1 it may be deleted later, or lie below the stream's first sequence.
  virtual Status OnRecord(const RecordView& record) = 0;
  // The archive says that first..last (inclusive) hold no message: erased and skipped records,
  // tombstones, delete maps. May name sequences before or after their records, any number of times.
  virtual Status OnDeleted(std::uint64_t first, std::uint64_t last) = 0;
  virtual Status OnConsumer(ConsumerBackup consumer) = 0;
  virtual Status OnDamage(ArchiveDamage damage) = 0;
  // The handler of the archive's pieces; null: none.
  virtual PieceHandler* pieces() { return nullptr; }
};

// What one archive holds besides records. All that a decoder has checked was right, or was
// reported through OnDamage.
struct ArchiveSummary {
  ArchiveFormat format = ArchiveFormat::kV1Tar;
  std::uint64_t archive_bytes = 0;  // after decompression
  std::uint64_t records = 0;
  std::uint64_t consumers = 0;
};

// What an encoder needs before the first record.
struct ArchiveContents {
  std::string stream_name;
  std::string config_json;  // stream configuration as it shall be restored
  std::string created;      // RFC 3339; v1 carries it, v2 does not
  StreamState state;        // as it shall be restored
  std::vector<ConsumerBackup> consumers;
};

// Encodes one archive. Call order: Begin, then AddRecord and AddDeleted in rising sequence order
// that together cover first_sequence..last_sequence, then Finish. Not thread-safe.
class ArchiveWriter {
 public:
  virtual ~ArchiveWriter() = default;
  virtual Status Begin(const ArchiveContents& contents) = 0;
  virtual Status AddRecord(const RecordView& record) = 0;
  // first..last (inclusive) hold no message.
  virtual Status AddDeleted(std::uint64_t first, std::uint64_t last) = 0;
  virtual Status Finish() = 0;
};

}  // namespace jetkeep
