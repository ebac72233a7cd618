#include "protocol/archive/snapshot_reader.h"

#include <string_view>

#include "protocol/archive/v1_archive_reader.h"
#include "protocol/archive/v2_archive_reader.h"
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
    while (head_.size() < size) {
      JETKEEP_ASSIGN(const std::string_view bytes, source_.Read());
      if (bytes.empty()) break;
      head_ += bytes;
    }
    return std::string_view(head_).substr(0, size);
  }

  Result<std::string_view> Read() override {
    if (!head_given_ && !head_.empty()) {
      head_given_ = true;
      count_ += head_.size();
      return std::string_view(head_);
    }
    head_ = {};
    JETKEEP_ASSIGN(const std::string_view bytes, source_.Read());
    count_ += bytes.size();
    return bytes;
  }

  std::uint64_t count() const { return count_; }

 private:
  ByteSource& source_;
  std::string head_;
  bool head_given_ = false;
  std::uint64_t count_ = 0;
};

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
  s2::Reader archive(compressed);
  return ReadArchive(archive, stream_name, handler);
}

}  // namespace jetkeep
