#include "service/repository/segments/block_codec.h"

#include <cstring>
#include <map>
#include <utility>

#include "protocol/s2/block_decoder.h"
#include "protocol/s2/chunks.h"

namespace jetkeep {
namespace {

// What a shorter block could save is not worth a frame.
constexpr std::size_t kLeastCompressed = 256;

ZstdCompressor& CompressorFor(const ZstdSettings& settings) {
  thread_local std::map<std::pair<int, bool>, ZstdCompressor> compressors;
  return compressors.try_emplace({settings.level, settings.literals}, settings).first->second;
}

Status UnpackPiece(std::string_view stored, const BlockInfo& info, ByteBuffer& raw) {
  // The head is part of the raw bytes, too.
  JETKEEP_ASSIGN(const std::size_t head, PieceHeadBytes(stored.substr(0, info.raw_bytes)));
  raw.Reserve(info.raw_bytes + s2::kDecodeSlack);
  raw.Resize(info.raw_bytes);
  std::memcpy(raw.data(), stored.data(), head);
  const Status decoded = s2::DecodeChunks(stored.substr(head), raw.data() + head,
                                          info.raw_bytes - head, s2::kDecodeSlack);
  if (!decoded) return Fail(Errc::kRepositoryCorrupt, decoded.error().message);
  return {};
}

}  // namespace

Status PackBlock(std::string_view raw, const ZstdSettings& settings, BlockInfo& info,
                 PackedBlock& block) {
  ByteBuffer& out = block.front;
  info.raw_bytes = static_cast<std::uint32_t>(raw.size());
  out.Clear();
  out.Reserve(kBlockHeaderBytes + ZstdCompressor::Bound(raw.size()));
  out.Resize(out.capacity());
  std::size_t size = raw.size();
  if (size >= kLeastCompressed) {
    JETKEEP_ASSIGN(size, CompressorFor(settings).Compress(raw, out.data() + kBlockHeaderBytes,
                                                          out.size() - kBlockHeaderBytes));
  }
  info.codec = size < raw.size() ? BlockCodec::kZstd : BlockCodec::kRaw;
  if (info.codec == BlockCodec::kRaw) {
    out.Resize(kBlockHeaderBytes);
    out.Append(raw);
  } else {
    out.Resize(kBlockHeaderBytes + size);
  }
  info.stored_bytes = static_cast<std::uint32_t>(out.size() - kBlockHeaderBytes);
  return {};
}

void PackPiece(PieceBuilder& piece, BlockInfo& info, PackedBlock& block) {
  block.front.Clear();
  block.front.Resize(kBlockHeaderBytes);
  piece.AppendHead(block.front);
  block.chunks = piece.TakeChunks(std::move(block.chunks));
  info.codec = BlockCodec::kArchive;
  info.raw_bytes = static_cast<std::uint32_t>(piece.raw_bytes());
  info.stored_bytes =
      static_cast<std::uint32_t>(block.front.size() - kBlockHeaderBytes + block.chunks.size());
}

Status UnpackBlock(std::string_view stored, const BlockInfo& info, ByteBuffer& raw) {
  raw.Clear();
  if (info.codec == BlockCodec::kArchive) return UnpackPiece(stored, info, raw);
  raw.Resize(info.raw_bytes);
  if (info.codec == BlockCodec::kRaw) {
    std::memcpy(raw.data(), stored.data(), stored.size());
    return {};
  }
  thread_local ZstdDecompressor decompressor;
  JETKEEP_ASSIGN(const std::size_t size, decompressor.Decompress(stored, raw.data(), raw.size()));
  if (size != info.raw_bytes) return Fail(Errc::kRepositoryCorrupt, "the block has a wrong length");
  return {};
}

}  // namespace jetkeep
