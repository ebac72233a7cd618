#include "protocol/repository/section.h"

#include "protocol/codec/little_endian.h"

namespace jetkeep {
namespace {

constexpr std::size_t kChunkHeaderBytes = 8;

}  // namespace

Status SectionWriter::Append(std::string_view item) {
  if (item.size() > kMaxSectionChunkBytes) {
    return Fail(Errc::kInternal,
                "an item of a manifest has " + std::to_string(item.size()) + " bytes");
  }
  if (!chunk_.empty() && chunk_.size() + item.size() > kSectionChunkBytes) JETKEEP_TRY(Flush());
  chunk_.append(item);
  raw_bytes_ += item.size();
  return {};
}

Status SectionWriter::Finish() { return chunk_.empty() ? Status{} : Flush(); }

Status SectionWriter::Flush() {
  packed_.Resize(ZstdCompressor::Bound(chunk_.size()));
  JETKEEP_ASSIGN(const std::size_t size,
                 compressor_.Compress(chunk_, packed_.data(), packed_.size()));
  const std::string_view stored =
      size < chunk_.size() ? std::string_view(packed_.data(), size) : std::string_view(chunk_);
  char header[kChunkHeaderBytes];
  StoreU32(header, static_cast<std::uint32_t>(chunk_.size()));
  StoreU32(header + 4, static_cast<std::uint32_t>(stored.size()));
  out_.append(header, sizeof header);
  out_.append(stored);
  chunk_.clear();
  return {};
}

Status ReadSection(std::string_view section, std::uint64_t raw_bytes,
                   const std::function<Status(std::string_view)>& f) {
  ByteBuffer raw;
  ZstdDecompressor decompressor;
  while (!section.empty()) {
    if (section.size() < kChunkHeaderBytes) {
      return Fail(Errc::kRepositoryCorrupt, "a section ends inside a chunk");
    }
    const std::uint32_t raw_size = LoadU32(section.data());
    const std::uint32_t stored_size = LoadU32(section.data() + 4);
    section.remove_prefix(kChunkHeaderBytes);
    if (raw_size == 0 || raw_size > kMaxSectionChunkBytes || raw_size > raw_bytes ||
        stored_size == 0 || stored_size > raw_size || stored_size > section.size()) {
      return Fail(Errc::kRepositoryCorrupt, "the lengths of a section's chunk are out of range");
    }
    const std::string_view stored = section.substr(0, stored_size);
    section.remove_prefix(stored_size);
    raw_bytes -= raw_size;
    if (stored_size == raw_size) {
      JETKEEP_TRY(f(stored));
      continue;
    }
    raw.Resize(raw_size);
    JETKEEP_ASSIGN(const std::size_t size, decompressor.Decompress(stored, raw.data(), raw_size));
    if (size != raw_size)
      return Fail(Errc::kRepositoryCorrupt, "a section's chunk has a wrong length");
    JETKEEP_TRY(f(raw.view()));
  }
  if (raw_bytes != 0) return Fail(Errc::kRepositoryCorrupt, "a section is too short");
  return {};
}

}  // namespace jetkeep
