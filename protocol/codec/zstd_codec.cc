#include "protocol/codec/zstd_codec.h"

// For ZSTD_c_literalCompressionMode; a library that does not know it compresses without.
#define ZSTD_STATIC_LINKING_ONLY
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <new>
#include <string>

namespace jetkeep {

void ZstdCompressor::Free::operator()(ZSTD_CCtx_s* context) const { ZSTD_freeCCtx(context); }
void ZstdDecompressor::Free::operator()(ZSTD_DCtx_s* context) const { ZSTD_freeDCtx(context); }

ZstdCompressor::ZstdCompressor(const ZstdSettings& settings) : context_(ZSTD_createCCtx()) {
  if (!context_) throw std::bad_alloc();
  const int level = std::clamp(settings.level, ZSTD_minCLevel(), ZSTD_maxCLevel());
  ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level);
  if (settings.literals) {
    ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_literalCompressionMode, ZSTD_ps_enable);
  }
}

Result<std::size_t> ZstdCompressor::Compress(std::string_view in, char* out, std::size_t capacity) {
  const std::size_t size = ZSTD_compress2(context_.get(), out, capacity, in.data(), in.size());
  if (ZSTD_isError(size)) {
    return Fail(Errc::kInternal, std::string("zstd cannot compress: ") + ZSTD_getErrorName(size));
  }
  return size;
}

std::size_t ZstdCompressor::Bound(std::size_t size) { return ZSTD_compressBound(size); }

ZstdDecompressor::ZstdDecompressor() : context_(ZSTD_createDCtx()) {
  if (!context_) throw std::bad_alloc();
}

Result<std::size_t> ZstdDecompressor::Decompress(std::string_view in, char* out,
                                                 std::size_t capacity) {
  // Without this an empty input would pass for an empty frame.
  const std::size_t frame = ZSTD_findFrameCompressedSize(in.data(), in.size());
  if (ZSTD_isError(frame)) {
    return Fail(Errc::kRepositoryCorrupt,
                std::string("zstd frame is damaged: ") + ZSTD_getErrorName(frame));
  }
  if (frame != in.size()) {
    return Fail(Errc::kRepositoryCorrupt, "zstd frame is followed by other bytes");
  }
  const std::size_t size = ZSTD_decompressDCtx(context_.get(), out, capacity, in.data(), in.size());
  if (ZSTD_isError(size)) {
    const bool memory = ZSTD_getErrorCode(size) == ZSTD_error_memory_allocation;
    return Fail(
        memory ? Errc::kStorageError : Errc::kRepositoryCorrupt,
        std::string(memory ? "a zstd frame cannot be unpacked: " : "zstd frame is damaged: ") +
            ZSTD_getErrorName(size));
  }
  return size;
}

}  // namespace jetkeep
