#include "protocol/archive/snapshot_reader.h"

#include <string_view>
#include <utility>

#include "protocol/archive/v1_archive_reader.h"
#include "protocol/archive/v2_archive_reader.h"
#include "protocol/s2/piece_reader.h"
#include "protocol/s2/reader.h"
#include "protocol/v2/archive_parser.h"

namespace jetkeep {
namespace {

// A source that first gives back what was read to look at, and counts.
class SniffedSource : public ByteSource {
 public:
  explicit SniffedSource(ByteSource& source) : source_(source) {}

  // Reads until the first `size` bytes are there or the source ends, and returns those.
  Result<std::string_view> Peek(std::size_t size) {
    JETKEEP_ASSIGN(head_, source_.Read());
    // Nearly always the first run of bytes is enough, and is not copied.
    while (!head_.empty() && head_.size() < size) {
      if (copy_.empty()) copy_ = head_;
      JETKEEP_ASSIGN(const std::string_view bytes, source_.Read());
      copy_ += bytes;
      head_ = copy_;
      if (bytes.empty()) break;
    }
    return head_.substr(0, size);
  }

  Result<std::string_view> Read() override {
    std::string_view bytes = std::exchange(head_, {});
    if (bytes.empty()) {
      JETKEEP_ASSIGN(bytes, source_.Read());
    }
    count_ += bytes.size();
    return bytes;
  }

  std::uint64_t count() const { return count_; }

 private:
  ByteSource& source_;
  std::string copy_;
  std::string_view head_;  // of the source, or copy_
  std::uint64_t count_ = 0;
};

// Gives each piece to its handler before it hands it out.
class AnnouncedSource : public ByteSource {
 public:
  AnnouncedSource(ByteSource& compressed, PieceHandler& pieces)
      : reader_(compressed), pieces_(pieces) {}

  Result<std::string_view> Read() override {
    // What was found in the piece before is finished with: the reader is about to reuse its memory.
    JETKEEP_TRY(pieces_.OnPiece({}));
    JETKEEP_ASSIGN(const std::string_view bytes, reader_.Read());
    if (reader_.chunks() != nullptr) JETKEEP_TRY(pieces_.OnPiece({bytes, reader_.chunks()}));
    return bytes;
  }

 private:
  s2::PieceReader reader_;
  PieceHandler& pieces_;
};

Result<ArchiveSummary> ReadInPieces(ByteSource& compressed, const std::string& stream_name,
                                    SnapshotHandler& handler, PieceHandler& pieces) {
  AnnouncedSource archive(compressed, pieces);
  auto summary = ReadArchive(archive, stream_name, handler);
  const Status ended = pieces.OnPiece({});
  if (summary && !ended) return Fail(ended.error());
  return summary;
}

}  // namespace

Result<ArchiveSummary> ReadArchive(ByteSource& archive, const std::string& stream_name,
                                   SnapshotHandler& handler) {
  SniffedSource source(archive);
  JETKEEP_ASSIGN(const std::string_view magic, source.Peek(v2::kMagic.size()));
  if (magic.empty()) return Fail(Errc::kSnapshotIncomplete, "the archive is empty");
  // A tar begins with the name of its first entry, which no server begins like this.
  JETKEEP_ASSIGN(ArchiveSummary summary, magic == v2::kMagic
                                             ? ReadV2Archive(source, handler)
                                             : ReadV1Archive(source, stream_name, handler));
  summary.archive_bytes = source.count();
  return summary;
}

Result<ArchiveSummary> ReadSnapshot(ByteSource& compressed, const std::string& stream_name,
                                    SnapshotHandler& handler) {
  if (PieceHandler* pieces = handler.pieces()) {
    return ReadInPieces(compressed, stream_name, handler, *pieces);
  }
  s2::Reader archive(compressed);
  return ReadArchive(archive, stream_name, handler);
}

}  // namespace jetkeep
