#include "protocol/s2/chunks.h"

#include <cstdint>

#include "protocol/s2/data_chunk.h"

namespace jetkeep::s2 {

Status DecodeChunks(std::string_view chunks, char* out, std::size_t out_size, std::size_t slack) {
  const auto corrupt = [] { return Fail(Errc::kArchiveCorrupt, "its S2 chunks are damaged"); };
  while (!chunks.empty()) {
    if (chunks.size() < kDataPrefixBytes) return corrupt();
    const std::size_t size = kChunkHeaderBytes + LoadChunkLength(chunks.data());
    if (!IsData(static_cast<std::uint8_t>(chunks[0])) || size < kDataPrefixBytes ||
        size > chunks.size()) {
      return corrupt();
    }
    std::size_t held = 0;
    if (!HeldBytes(chunks, size, held) || held > out_size) return corrupt();
    JETKEEP_TRY(DecodeData(chunks.substr(0, size), out, held, out_size - held + slack));
    out += held;
    out_size -= held;
    chunks.remove_prefix(size);
  }
  if (out_size != 0) return corrupt();
  return {};
}

}  // namespace jetkeep::s2
