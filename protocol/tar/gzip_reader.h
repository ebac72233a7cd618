// GzipReader: decompresses a gzip stream of one member, as programs in Go write them, and compares
// the checksum and the length at its end, which the library does not. Memory: some 100 KiB.
// Thread-safety: one thread at a time. Ownership: does not own the source.
#pragma once

#include <memory>
#include <string_view>

#include "jetkeep/byte_stream.h"
#include "jetkeep/error.h"

namespace jetkeep::tar {

// How every gzip stream begins.
inline constexpr std::string_view kGzipMagic = "\x1f\x8b";

class GzipReader final : public ByteSource {
 public:
  explicit GzipReader(ByteSource& source);
  ~GzipReader() override;

  // Empty: the end, and all was as the checksum says. kArchiveCorrupt, or the source's error. Do
  // not call again after an error.
  Result<std::string_view> Read() override;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jetkeep::tar
