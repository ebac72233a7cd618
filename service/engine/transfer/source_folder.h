// SourceFolder and SourceFile: files of a folder that somebody else made, read without trust.
//
// Symbolic links below the folder are never followed, and nothing but regular files is read, so
// that no name leads out of it. A file that changes while it is read is an error, not a mixture.
// Thread-safety: one thread at a time uses an object.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jetkeep/byte_stream.h"
#include "jetkeep/error.h"
#include "protocol/codec/digest.h"
#include "service/work/descriptor.h"

namespace jetkeep {

// Whether both are of one file, and nothing has changed it between them.
bool SameFile(const struct stat& a, const struct stat& b);

// Bytes are counted and digested as they are read.
class SourceFile final : public ByteSource {
 public:
  // Of a regular file. `shown` is its name in messages.
  SourceFile(Descriptor file, const struct stat& begin, std::string shown);

  Result<std::string_view> Read() override;
  // Reads what is left, and fails unless all of the file was read and it is as it was when it was
  // opened: kArchiveCorrupt.
  Status Finish();
  std::uint64_t size() const { return size_; }
  // As it was when it was opened.
  const struct stat& begin() const { return begin_; }
  // After Finish: of all bytes.
  const Digest& digest() const { return digest_; }

 private:
  Descriptor file_;
  const struct stat begin_;
  const std::uint64_t size_;
  const std::string shown_;
  std::string buffer_;
  std::uint64_t read_ = 0;
  Blake2bHasher hasher_;
  Digest digest_{};
};

enum class SourceEntryKind : std::uint8_t { kFile, kFolder, kLink, kOther };

struct SourceEntry {
  std::string name;
  SourceEntryKind kind = SourceEntryKind::kOther;
};

class SourceFolder {
 public:
  // A link that `path` itself is, is followed: the user named it.
  static Result<SourceFolder> Open(const std::string& path);

  // Sorted by name. Fails beyond kMaxSourceEntries.
  Result<std::vector<SourceEntry>> List() const;
  Result<SourceFolder> OpenFolder(const std::string& name) const;
  Result<std::unique_ptr<SourceFile>> OpenFile(const std::string& name) const;
  // A whole small file; an error if it is larger than `most`.
  Result<std::string> ReadWhole(const std::string& name, std::uint64_t most) const;
  int descriptor() const { return folder_.get(); }

 private:
  SourceFolder(Descriptor folder, std::string shown)
      : folder_(std::move(folder)), shown_(std::move(shown)) {}

  Descriptor folder_;
  std::string shown_;  // its path in messages; empty: the folder that was named
};

inline constexpr std::size_t kMaxSourceEntries = 200'000;

}  // namespace jetkeep
