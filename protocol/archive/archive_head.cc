#include "protocol/archive/archive_head.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

#include "protocol/tar/reader.h"
#include "protocol/v2/archive_parser.h"
#include "protocol/v2/entry.h"

namespace jetkeep {
namespace {

// Of meta.inf and of state.json, which `nats backup edit` pads with spaces.
constexpr std::size_t kMaxHeadBytes = std::size_t{4} << 20;

// What was read to look at, and then the rest.
class Prefixed : public ByteSource {
 public:
  Prefixed(std::string_view front, ByteSource& rest) : front_(front), rest_(rest) {}
  Result<std::string_view> Read() override {
    if (!front_.empty()) return std::exchange(front_, {});
    return rest_.Read();
  }

 private:
  std::string_view front_;
  ByteSource& rest_;
};

tl::unexpected<Error> TooShort() {
  return Fail(Errc::kSnapshotIncomplete, "the archive ends before its first message");
}

Status Append(ByteSource& source, std::string& front) {
  JETKEEP_ASSIGN(const std::string_view bytes, source.Read());
  if (bytes.empty()) return TooShort();
  front += bytes;
  return {};
}

Status ReadV1Head(ByteSource& source, ArchiveHead& head) {
  tar::Reader reader(source);
  JETKEEP_ASSIGN(const std::optional<tar::Entry> entry, reader.NextEntry());
  if (!entry || entry->name != "meta.inf") {
    return Fail(Errc::kArchiveCorrupt, "the archive does not begin with meta.inf");
  }
  if (entry->size > kMaxHeadBytes) return Fail(Errc::kArchiveCorrupt, "meta.inf is too large");
  head.made_ns = entry->time_ns;
  for (;;) {
    JETKEEP_ASSIGN(const std::string_view bytes, reader.ReadData());
    if (bytes.empty()) return {};
    head.meta_json += bytes;
  }
}

Status ReadV2Head(ByteSource& source, std::string& front, ArchiveHead& head) {
  for (;;) {
    v2::Entry entry;
    std::size_t size = 0;
    const std::string_view rest = std::string_view(front).substr(v2::kMagic.size());
    switch (v2::ParseEntry(rest, entry, size)) {
      case v2::ParseOutcome::kCorrupt:
        return Fail(Errc::kArchiveCorrupt, "the archive does not begin with state.json");
      case v2::ParseOutcome::kComplete:
        if (entry.name != v2::kStateName) {
          return Fail(Errc::kArchiveCorrupt, "the archive does not begin with state.json");
        }
        head.made_ns = entry.timestamp_ns;
        head.state_json = entry.payload;
        return {};
      case v2::ParseOutcome::kNeedMore:
        if (size > kMaxHeadBytes) return Fail(Errc::kArchiveCorrupt, "state.json is too large");
        JETKEEP_TRY(Append(source, front));
    }
  }
}

}  // namespace

Result<ArchiveHead> ReadArchiveHead(ByteSource& archive) {
  ArchiveHead head;
  std::string front;
  while (front.size() < v2::kMagic.size()) JETKEEP_TRY(Append(archive, front));
  if (std::string_view(front).starts_with(v2::kMagic)) {
    head.format = ArchiveFormat::kV2Natsarc;
    JETKEEP_TRY(ReadV2Head(archive, front, head));
  } else {
    Prefixed source(front, archive);
    JETKEEP_TRY(ReadV1Head(source, head));
  }
  return head;
}

}  // namespace jetkeep
