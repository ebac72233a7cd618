// Hostile archives of both formats, as they are (no S2 around them): the first byte decides how
// they are cut into pieces.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "jetkeep/snapshot.h"
#include "protocol/archive/snapshot_reader.h"
#include "tests/support/byte_streams.h"

namespace {

class Ignore : public jetkeep::SnapshotHandler {
 public:
  jetkeep::Status OnStreamMeta(std::string_view) override { return {}; }
  jetkeep::Status OnRecord(const jetkeep::RecordView&) override { return {}; }
  jetkeep::Status OnDeleted(std::uint64_t, std::uint64_t) override { return {}; }
  jetkeep::Status OnConsumer(jetkeep::ConsumerBackup) override { return {}; }
  jetkeep::Status OnDamage(jetkeep::ArchiveDamage) override { return {}; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  jetkeep::PieceSource source({reinterpret_cast<const char*>(data) + 1, size - 1},
                              (std::size_t{data[0]} + 1) * 16);
  Ignore handler;
  const auto result = jetkeep::ReadArchive(source, "GOLD", handler);
  static_cast<void>(result);
  return 0;
}
