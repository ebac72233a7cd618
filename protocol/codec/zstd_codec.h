// Zstandard blocks with reused contexts.
// Thread-safety: one thread at a time uses an object.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "jetkeep/error.h"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace jetkeep {

struct ZstdSettings {
  // As the zstd command takes it; values outside its range are moved to the nearest one.
  int level = 1;
  // Whether negative levels compress literals, too. Other levels always do.
  bool literals = false;
  friend bool operator==(const ZstdSettings&, const ZstdSettings&) = default;
};

class ZstdCompressor {
 public:
  explicit ZstdCompressor(const ZstdSettings& settings);
  explicit ZstdCompressor(int level) : ZstdCompressor(ZstdSettings{level}) {}
  // Writes one frame to out[0..capacity) and returns its size; kInternal if it does not fit.
  // A capacity of Bound(in.size()) always suffices.
  Result<std::size_t> Compress(std::string_view in, char* out, std::size_t capacity);
  static std::size_t Bound(std::size_t size);

 private:
  struct Free {
    void operator()(ZSTD_CCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_CCtx_s, Free> context_;
};

class ZstdDecompressor {
 public:
  ZstdDecompressor();
  // Decodes the one frame in `in` to out[0..capacity) and returns the size of what came out.
  // Damaged bytes, or more of them than `capacity`: kRepositoryCorrupt.
  Result<std::size_t> Decompress(std::string_view in, char* out, std::size_t capacity);

 private:
  struct Free {
    void operator()(ZSTD_DCtx_s* context) const;
  };
  std::unique_ptr<ZSTD_DCtx_s, Free> context_;
};

}  // namespace jetkeep
