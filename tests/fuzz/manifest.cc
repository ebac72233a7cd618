// A manifest; and, past its digests, the section decoders on their own.
#include "protocol/repository/manifest.h"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "protocol/repository/consumer_codec.h"
#include "protocol/repository/repository_header.h"
#include "protocol/repository/section.h"
#include "protocol/sequences/ranges_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(jetkeep::ParseManifestSummary(bytes, size));
  static_cast<void>(jetkeep::DecodeManifest(bytes));
  static_cast<void>(jetkeep::ParseRepositoryHeader(bytes));
  std::vector<jetkeep::ConsumerBackup> consumers;
  static_cast<void>(jetkeep::DecodeConsumers(bytes, consumers));
  jetkeep::SequenceSet set;
  jetkeep::RangesDecoder decoder;
  static_cast<void>(decoder.Decode(bytes, set));
  static_cast<void>(
      jetkeep::ReadSection(bytes, 1 << 20, [](std::string_view) { return jetkeep::Status{}; }));
  return 0;
}
