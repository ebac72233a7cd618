#include "protocol/s2/data_chunk.h"

#include <cstring>

#include "protocol/codec/crc32c.h"
#include "protocol/codec/little_endian.h"
#include "protocol/s2/block_decoder.h"

namespace jetkeep::s2 {
namespace {

Status CheckChecksum(std::string_view chunk, std::string_view held) {
  if (MaskCrc(Crc32c(held)) == LoadU32(chunk.data() + kChunkHeaderBytes)) return {};
  return Fail(Errc::kArchiveCorrupt, "the checksum is wrong");
}

}  // namespace

bool HeldBytes(std::string_view head, std::size_t size, std::size_t& held) {
  held = size - kDataPrefixBytes;
  return static_cast<std::uint8_t>(head[0]) == kStoredChunk ||
         DecodedSize(head.substr(0, size).substr(kDataPrefixBytes), held);
}

Result<std::string_view> HeldByStored(std::string_view chunk) {
  const std::string_view held = chunk.substr(kDataPrefixBytes);
  JETKEEP_TRY(CheckChecksum(chunk, held));
  return held;
}

Status DecodeData(std::string_view chunk, char* out, std::size_t held, std::size_t slack) {
  const std::string_view block = chunk.substr(kDataPrefixBytes);
  if (static_cast<std::uint8_t>(chunk[0]) == kCompressedChunk) {
    JETKEEP_TRY(DecodeBlock(block, out, held, slack));
  } else if (held != 0) {
    std::memcpy(out, block.data(), held);
  }
  return CheckChecksum(chunk, {out, held});
}

}  // namespace jetkeep::s2
