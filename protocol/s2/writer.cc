#include "protocol/s2/writer.h"

#include <snappy.h>

#include <algorithm>
#include <string>

#include "protocol/codec/crc32c.h"
#include "protocol/codec/little_endian.h"
#include "protocol/s2/frame.h"

namespace jetkeep::s2 {
namespace {

void StorePrefix(char* out, std::uint8_t type, std::size_t size, std::uint32_t checksum) {
  const auto length = static_cast<std::uint32_t>(size + kChecksumBytes);
  StoreU32(out, type | length << 8);
  StoreU32(out + kChunkHeaderBytes, checksum);
}

}  // namespace

Writer::Writer(ByteSink& sink, Mode mode, std::size_t block_bytes)
    : sink_(sink),
      mode_(mode),
      block_bytes_(std::clamp(block_bytes, std::size_t{1024}, kMaxBlockBytes)) {}

std::size_t Writer::DirectBytes() const {
  return mode_ == Mode::kStored ? std::min<std::size_t>(block_bytes_, 64 * 1024) : block_bytes_;
}

Status Writer::Begin() {
  if (begun_) return {};
  begun_ = true;
  std::string identifier(1, static_cast<char>(kIdentifierChunk));
  identifier.push_back(static_cast<char>(kS2Identifier.size()));
  identifier.append(2, '\0');
  identifier.append(kS2Identifier);
  return sink_.Write(identifier);
}

Status Writer::Write(std::string_view bytes) {
  JETKEEP_TRY(Begin());
  const std::size_t direct_bytes = DirectBytes();
  while (!bytes.empty()) {
    if (held_.empty() && bytes.size() >= direct_bytes) {
      const std::string_view block = bytes.substr(0, block_bytes_);
      JETKEEP_TRY(WriteBlock(block));
      bytes.remove_prefix(block.size());
      continue;
    }
    if (!held_.empty() && mode_ == Mode::kStored && bytes.size() >= direct_bytes) {
      JETKEEP_TRY(WriteBlock(held_.view()));
      held_.Clear();
      continue;
    }
    const std::size_t count = std::min(bytes.size(), block_bytes_ - held_.size());
    held_.Reserve(block_bytes_);
    held_.Append(bytes.substr(0, count));
    bytes.remove_prefix(count);
    if (held_.size() == block_bytes_) {
      JETKEEP_TRY(WriteBlock(held_.view()));
      held_.Clear();
    }
  }
  return {};
}

Status Writer::Finish() {
  JETKEEP_TRY(Begin());
  if (held_.empty()) return {};
  JETKEEP_TRY(WriteBlock(held_.view()));
  held_.Clear();
  return {};
}

Status Writer::WriteBlock(std::string_view block) {
  if (mode_ == Mode::kStored) return WriteStored(block);
  compressed_.Resize(kDataPrefixBytes + snappy::MaxCompressedLength(block.size()));
  std::size_t size = 0;
  snappy::RawCompress(block.data(), block.size(), compressed_.data() + kDataPrefixBytes, &size);
  // Less than one byte in sixteen saved is not worth the reader's time.
  if (size > block.size() - block.size() / 16) return WriteStored(block);
  StorePrefix(compressed_.data(), kCompressedChunk, size, MaskCrc(Crc32c(block)));
  return sink_.Write({compressed_.data(), kDataPrefixBytes + size});
}

Status Writer::WriteStored(std::string_view block) {
  char prefix[kDataPrefixBytes];
  StorePrefix(prefix, kStoredChunk, block.size(), MaskCrc(Crc32c(block)));
  JETKEEP_TRY(sink_.Write({prefix, sizeof(prefix)}));
  return sink_.Write(block);
}

}  // namespace jetkeep::s2
