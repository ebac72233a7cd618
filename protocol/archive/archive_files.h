// ArchiveFiles: where the files of a v1 archive go, one after another: into a tar, or into a folder
// as a server keeps them. Thread-safety: one thread at a time.
#pragma once

#include <cstdint>
#include <string_view>

#include "jetkeep/byte_stream.h"
#include "protocol/tar/writer.h"

namespace jetkeep {

class ArchiveFiles : public ByteSink {
 public:
  // `name` is a path of plain names. Exactly `size` bytes must follow by Write.
  virtual Status BeginFile(std::string_view name, std::uint64_t size, std::int64_t mtime_ns) = 0;
  // After the last file. Call once.
  virtual Status Finish() = 0;
};

// Does not own the sink.
class TarFiles final : public ArchiveFiles {
 public:
  explicit TarFiles(ByteSink& sink) : tar_(sink) {}
  Status BeginFile(std::string_view name, std::uint64_t size, std::int64_t mtime_ns) override {
    return tar_.BeginEntry(name, size, mtime_ns);
  }
  Status Write(std::string_view bytes) override { return tar_.Write(bytes); }
  Status Finish() override { return tar_.Finish(); }

 private:
  tar::Writer tar_;
};

}  // namespace jetkeep
