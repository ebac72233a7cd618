// StagedFolder: a folder that appears whole or not at all. It is written beside its place under a
// name that begins with a dot, made durable, and renamed; it never takes the place of anything but
// (where the file system cannot do better) of an empty folder. A process that is killed leaves no
// more than that dot folder, which the next one with the same target removes.
//
// Folders get mode 0700, files 0600, unless another owner and mode are asked for. Thread-safety:
// one thread at a time.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "jetkeep/byte_stream.h"
#include "jetkeep/error.h"
#include "service/work/descriptor.h"

namespace jetkeep {

class StagedFile final : public ByteSink {
 public:
  StagedFile(Descriptor file, std::string shown)
      : file_(std::move(file)), shown_(std::move(shown)) {}

  Status Write(std::string_view bytes) override;
  // After the last Write: the disk begins to write the file, and Publish waits for it.
  Status Finish();
  std::uint64_t size() const { return size_; }

 private:
  Descriptor file_;
  const std::string shown_;
  std::uint64_t size_ = 0;
};

// What folders and files get; nothing: this process's owner.
struct StagedOwner {
  uid_t user = 0;
  gid_t group = 0;
};
struct StagedAccess {
  mode_t folder_mode = 0700;
  mode_t file_mode = 0600;
  std::optional<StagedOwner> owner = {};
};

// Whether a name is one under which a StagedFolder is written.
bool IsStagedName(std::string_view name);

class StagedFolder {
 public:
  // kObjectExists if anything is at `target`; the folder above it must be there.
  static Result<std::unique_ptr<StagedFolder>> Begin(const std::string& target,
                                                     const StagedAccess& access = {});
  // Removes what was not published.
  ~StagedFolder();
  StagedFolder(const StagedFolder&) = delete;
  StagedFolder& operator=(const StagedFolder&) = delete;

  // folder: empty, or the path of a folder in this one, which is made when it is first named, with
  // those above it. All are plain names: kStorageError if they lead elsewhere.
  Result<std::unique_ptr<StagedFile>> Create(const std::string& folder, const std::string& name);
  // Removes a folder of Create with its files; none may be in it.
  Status Drop(const std::string& folder);
  Status Publish();
  // Publish in three steps, for many folders beside each other: SyncAll of one of them for what all
  // hold (it may do nothing), Appear of each, SyncAbove of one of them.
  void SyncAll() const;
  Status Appear();
  Status SyncAbove() const;

 private:
  StagedFolder(Descriptor parent, std::string name, std::string shown, const StagedAccess& access)
      : parent_(std::move(parent)),
        name_(std::move(name)),
        shown_(std::move(shown)),
        access_(access) {}

  Status Make();
  Status MakeFolder(const std::string& path);
  Status MakeDurable(const std::string& path, int flags) const;
  Status GiveAccess(int descriptor, mode_t mode, const std::string& shown) const;

  Descriptor parent_;
  const std::string name_;   // of the target, in parent_
  const std::string shown_;  // the target as the user named it
  const StagedAccess access_;
  std::string staged_;              // the name until it is published; empty: nothing is there
  Descriptor own_;                  // locked as long as this object is there
  std::set<std::string> folders_;   // a folder comes before those in it
  std::vector<std::string> files_;  // paths in this folder
};

}  // namespace jetkeep
