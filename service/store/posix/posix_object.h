// What a PosixStore gives out. A detail of this folder. Ownership: each object owns its
// descriptors.
#pragma once

#include <string>
#include <utility>

#include "jetkeep/store.h"
#include "service/work/descriptor.h"

namespace jetkeep {

// Called before each system call that changes something; a number other than 0 is what the call
// then fails with. For tests.
using PosixSteps = std::function<int(std::string_view step)>;

// The one place where an object is written whole, durable, visible: under another name, fsynced,
// renamed to its own. The directory is flushed by Store::Flush.
class PosixObjectWriter : public ObjectWriter {
 public:
  // file: an empty one, `temporary` in the directory; name: what it becomes. shown: for messages.
  PosixObjectWriter(Descriptor file, Descriptor directory, std::string temporary, std::string name,
                    std::string shown, const PosixSteps& steps)
      : file_(std::move(file)),
        directory_(std::move(directory)),
        temporary_(std::move(temporary)),
        name_(std::move(name)),
        shown_(std::move(shown)),
        steps_(steps) {}
  ~PosixObjectWriter() override;
  PosixObjectWriter(const PosixObjectWriter&) = delete;
  PosixObjectWriter& operator=(const PosixObjectWriter&) = delete;
  Status Append(std::string_view bytes) override;
  Result<std::unique_ptr<ObjectLock>> Lock() override;
  Status Commit(Durability durability) override;

 private:
  int Step(std::string_view step) const { return steps_ ? steps_(step) : 0; }

  Descriptor file_;
  Descriptor directory_;
  std::string temporary_;
  std::string name_;
  std::string shown_;
  const PosixSteps& steps_;
  std::uint64_t written_ = 0;
  std::uint64_t pushed_ = 0;  // handed to the disk already
  int sync_failed_ = 0;
  bool there_ = false;
};

class PosixObjectReader : public ObjectReader {
 public:
  PosixObjectReader(Descriptor fd, std::string path, std::uint64_t size)
      : fd_(std::move(fd)), path_(std::move(path)), size_(size) {}
  std::uint64_t size() const override { return size_; }
  Status ReadAt(std::uint64_t offset, std::size_t size, char* out) const override;

 private:
  Descriptor fd_;
  std::string path_;
  std::uint64_t size_;
};

class PosixObjectLock : public ObjectLock {
 public:
  explicit PosixObjectLock(Descriptor fd) : fd_(std::move(fd)) {}

 private:
  Descriptor fd_;  // closing it releases the lock
};

}  // namespace jetkeep
