// Reader: pulls the files of a tar (ustar, PAX, GNU) out of a byte stream, without copying their
// bytes.
//
// Stricter than a tar program: only regular files, whole entries, two zero blocks at the end and
// nothing but zeros behind them. Memory is that of one header.
// Thread-safety: one thread at a time. Ownership: does not own the source.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "jetkeep/byte_stream.h"
#include "jetkeep/error.h"

namespace jetkeep::tar {

struct Entry {
  std::string name;  // the archive's bytes, whatever the locale
  std::uint64_t size = 0;
  std::int64_t time_ns = 0;  // of its last change; 0: it does not say
};

class Reader {
 public:
  explicit Reader(ByteSource& source);
  ~Reader();

  // The next file; nothing after the last one. What was not read of the current one is skipped.
  // kArchiveCorrupt, or the source's error. Do not call again after an error.
  Result<std::optional<Entry>> NextEntry();
  // The next bytes of the current file; empty at its end, and only there. The view is valid until
  // the next call of either member.
  Result<std::string_view> ReadData();

  // Of the tar, up to and including the current header.
  std::uint64_t offset() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace jetkeep::tar
