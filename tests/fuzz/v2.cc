// Any bytes as a NATSARC1 archive, in pieces of a size that the first byte chooses; what is
// accepted must encode to the same bytes again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "protocol/v2/archive_parser.h"

namespace {

class Handler : public jetkeep::v2::ArchiveHandler {
 public:
  jetkeep::Status OnState(std::string_view json) override { return Count(json); }
  jetkeep::Status OnConsumerEntry(std::string_view, std::string_view json) override {
    return Count(json);
  }
  jetkeep::Status OnRecord(const jetkeep::RecordView& record) override {
    jetkeep::ByteBuffer bytes;
    jetkeep::v2::AppendEntry(bytes, record);
    jetkeep::v2::Entry entry;
    std::size_t size = 0;
    if (jetkeep::v2::ParseEntry(bytes.view(), entry, size) !=
            jetkeep::v2::ParseOutcome::kComplete ||
        size != bytes.size() || size != jetkeep::v2::EntrySize(record) ||
        entry.payload != record.payload || entry.headers != record.headers ||
        entry.name != record.subject || entry.sequence != record.sequence ||
        entry.timestamp_ns != record.timestamp_ns) {
      std::abort();
    }
    return Count(record.payload);
  }

 private:
  jetkeep::Status Count(std::string_view bytes) {
    total_ += bytes.size();
    return {};
  }
  std::size_t total_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece = 1 + static_cast<std::size_t>(data[0]) * 7;
  Handler handler;
  jetkeep::v2::ArchiveParser parser(handler);
  while (!bytes.empty()) {
    if (!parser.Feed(bytes.substr(0, piece))) return 0;
    bytes.remove_prefix(piece < bytes.size() ? piece : bytes.size());
  }
  static_cast<void>(parser.Finish());
  return 0;
}
