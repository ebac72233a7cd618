// SpillFile: bytes that do not fit into memory, written at the end and read anywhere.
// Thread-safety: one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep {

class SpillFile {
 public:
  virtual ~SpillFile() = default;
  // Where the bytes stand from now on.
  virtual Result<std::uint64_t> Append(std::string_view bytes) = 0;
  virtual Status ReadAt(std::uint64_t offset, std::size_t size, char* out) const = 0;
};

}  // namespace jetkeep
