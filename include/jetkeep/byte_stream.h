// ByteSource and ByteSink: how stages hand bytes to each other.
// Thread-safety: one thread at a time uses an object, unless its class says more.
#pragma once

#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep {

class ByteSource {
 public:
  virtual ~ByteSource() = default;
  // The next run of bytes, of any length; empty at the end, and only there.
  // The view is valid until the next call or until the source is destroyed.
  virtual Result<std::string_view> Read() = 0;
};

class ByteSink {
 public:
  virtual ~ByteSink() = default;
  // Takes all bytes or fails. The view is not kept after the call.
  virtual Status Write(std::string_view bytes) = 0;
};

}  // namespace jetkeep
