// Writer: a PAX tar of regular files, mode 0600, as a byte stream that Go's archive/tar reads.
// Large pieces go to the sink as they are. Thread-safety: one thread at a time. Ownership: does not
// own the sink.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "jetkeep/byte_stream.h"
#include "jetkeep/error.h"

namespace jetkeep::tar {

class Writer {
 public:
  explicit Writer(ByteSink& sink);
  ~Writer();

  // `name` is any bytes but NUL. Exactly `size` bytes must follow by Write.
  Status BeginEntry(std::string_view name, std::uint64_t size, std::int64_t mtime_ns);
  // kInternal if there are more bytes than the entry's size.
  Status Write(std::string_view bytes);
  // The end blocks. kInternal if the last entry is not complete. Call once; the sink has all bytes
  // then.
  Status Finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jetkeep::tar
