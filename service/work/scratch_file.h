// ScratchFile: a nameless file for bytes that do not fit in memory, written at its end and read
// from its start. It disappears with the process. Private to this folder. Thread-safety: Append by
// one thread while another reads and releases what was appended before; during Open and Reset
// nobody else may do anything.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "jetkeep/error.h"

namespace jetkeep {

class ScratchFile {
 public:
  ScratchFile() = default;
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  bool is_open() const { return fd_ >= 0; }
  Status Open(const std::string& directory);
  // kScratchFull if there is no space; what was written of `bytes` is then forgotten.
  Status Append(std::string_view bytes);
  Status ReadAt(std::uint64_t offset, std::size_t size, char* out) const;
  // Gives the space of from..to (exclusive) back to the system; false if this file system cannot.
  bool Release(std::uint64_t from, std::uint64_t to) const;
  // Forgets all bytes and gives their space back.
  Status Reset();
  std::uint64_t size() const { return size_; }

 private:
  int fd_ = -1;
  std::string directory_;
  std::uint64_t size_ = 0;
};

}  // namespace jetkeep
