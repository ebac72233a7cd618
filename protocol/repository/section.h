// Sections: the parts of a manifest behind its head. A section is a run of chunks, each
//
//     u32 raw length | u32 stored length | stored bytes
//
// zstd-compressed if stored is the smaller, so that a section of any size is made and read one
// chunk at a time. FORMAT.md, "Manifests". Thread-safety: one thread at a time uses an object.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "jetkeep/byte_buffer.h"
#include "jetkeep/error.h"
#include "protocol/codec/zstd_codec.h"

namespace jetkeep {

inline constexpr std::size_t kSectionChunkBytes = 256 * 1024;
// One item (a consumer with all that it has pending) is never cut.
inline constexpr std::size_t kMaxSectionChunkBytes = 128 * 1024 * 1024;

class SectionWriter {
 public:
  // Appends to out, which must outlive this.
  SectionWriter(std::string& out, ZstdCompressor& compressor)
      : out_(out), compressor_(compressor) {}
  // item: never cut between two chunks.
  Status Append(std::string_view item);
  Status Finish();
  std::uint64_t raw_bytes() const { return raw_bytes_; }

 private:
  Status Flush();

  std::string& out_;
  ZstdCompressor& compressor_;
  std::string chunk_;
  ByteBuffer packed_;
  std::uint64_t raw_bytes_ = 0;
};

// Calls f for each chunk in turn; stops at its first error and returns it. kRepositoryCorrupt if
// the chunks do not fill `section` or do not hold raw_bytes.
Status ReadSection(std::string_view section, std::uint64_t raw_bytes,
                   const std::function<Status(std::string_view)>& f);

}  // namespace jetkeep
