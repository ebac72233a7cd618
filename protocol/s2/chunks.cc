#include "protocol/s2/chunks.h"

#include <cstdint>
#include <cstring>

#include "protocol/codec/crc32c.h"
#include "protocol/codec/little_endian.h"
#include "protocol/s2/block_decoder.h"
#include "protocol/s2/frame.h"

namespace jetkeep::s2 {

Status DecodeChunks(std::string_view chunks, char* out, std::size_t out_size, std::size_t slack) {
  const auto corrupt = [] { return Fail(Errc::kArchiveCorrupt, "its S2 chunks are damaged"); };
  while (!chunks.empty()) {
    if (chunks.size() < kChunkHeaderBytes + kChecksumBytes) return corrupt();
    const auto type = static_cast<std::uint8_t>(chunks[0]);
    const std::size_t length = LoadChunkLength(chunks.data());
    if (length < kChecksumBytes || length > chunks.size() - kChunkHeaderBytes) return corrupt();
    const std::uint32_t checksum = LoadU32(chunks.data() + kChunkHeaderBytes);
    const std::string_view block =
        chunks.substr(kChunkHeaderBytes + kChecksumBytes, length - kChecksumBytes);
    std::size_t size = block.size();
    if (type == kCompressedChunk) {
      if (!DecodedSize(block, size) || size > out_size) return corrupt();
      JETKEEP_TRY(DecodeBlock(block, out, size, out_size - size + slack));
    } else {
      if (type != kStoredChunk || size > out_size) return corrupt();
      if (size != 0) std::memcpy(out, block.data(), size);
    }
    if (MaskCrc(Crc32c({out, size})) != checksum) return corrupt();
    out += size;
    out_size -= size;
    chunks.remove_prefix(kChunkHeaderBytes + length);
  }
  if (out_size != 0) return corrupt();
  return {};
}

}  // namespace jetkeep::s2
