// PosixStore: the Store of a directory on a mounted disk. A key is a path below it.
//
// An object is written as `<key>.<16 hex digits>.tmp`, fsynced and renamed; nothing is replaced.
// Nothing outside the directory is ever touched, and symbolic links below it are never followed:
// one in a key is an error. Directories are made, and made durable, as keys need them. Locks are
// flock(2) locks. Thread-safety: as Store says.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "jetkeep/store.h"
#include "service/store/posix/posix_object.h"

namespace jetkeep {

class PosixStore : public Store {
 public:
  // The directory must exist; kRepositoryMissing if it does not and create is false.
  static Result<std::unique_ptr<PosixStore>> Open(const std::string& directory, bool create,
                                                  PosixSteps steps = {});
  ~PosixStore() override;
  PosixStore(const PosixStore&) = delete;
  PosixStore& operator=(const PosixStore&) = delete;

  Result<std::unique_ptr<ObjectWriter>> Create(const std::string& key) override;
  Result<std::unique_ptr<ObjectReader>> Open(const std::string& key,
                                             std::optional<std::uint64_t> known_size = {}) override;
  Result<bool> Exists(const std::string& key) override;
  Status List(const std::string& prefix, const ListOptions& options,
              const StoreVisitor& visit) override;
  Status RemoveAll(std::span<const std::string> keys) override;
  Result<bool> RemoveUnfinished(const std::string& key, const std::string& upload,
                                WhoseUnfinished whose) override;
  Status Flush(const std::string& prefix) override;
  bool Tidy(const std::string& prefix) override;
  bool locks() const override { return true; }
  Result<LockAttempt> TryLock(const std::string& key, LockKind kind) override;

 private:
  PosixStore(std::string directory, int root, PosixSteps steps)
      : directory_(std::move(directory)), root_(root), steps_(std::move(steps)) {}

  int Step(std::string_view step) const { return steps_ ? steps_(step) : 0; }
  std::string Shown(const std::string& path) const { return directory_ + "/" + path; }
  Status RemoveFile(const std::string& path);
  // These return the number of what failed, or 0.
  int MakeDirectories(const std::string& path, std::vector<std::string>& changed);
  int FlushDirectory(const std::string& prefix);
  Status ListInto(const std::string& prefix, const std::string& below, const ListOptions& options,
                  const StoreVisitor& visit);

  const std::string directory_;  // for messages
  const int root_;               // descriptor of the directory
  const PosixSteps steps_;
};

}  // namespace jetkeep
