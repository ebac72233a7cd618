// CopyPlace: the repository of one copy from server to server, in a directory of its own below the
// scratch directory. It goes with the object; what a killed process leaves, the next copy removes.
//
// Thread-safety: one thread at a time. Ownership: the place outlives the engines over its
// repository.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "jetkeep/cancel.h"
#include "jetkeep/error.h"
#include "service/config/config.h"
#include "service/setup/account.h"
#include "service/setup/opened_repository.h"
#include "service/work/descriptor.h"

namespace jetkeep {

// Labels inside the repository of a copy.
inline constexpr const char* kCopySource = "source";
inline constexpr const char* kCopyTarget = "target";

class CopyPlace {
 public:
  // target: the name by which a later copy knows the same target.
  static Result<std::unique_ptr<CopyPlace>> Make(const Config& config, const std::string& target);
  ~CopyPlace();
  CopyPlace(const CopyPlace&) = delete;
  CopyPlace& operator=(const CopyPlace&) = delete;

  Repository& repository() { return *opened_->repository; }
  const std::string& directory() const { return directory_; }

 private:
  CopyPlace(std::string directory, Descriptor lock)
      : directory_(std::move(directory)), lock_(std::move(lock)) {}

  const std::string directory_;
  const Descriptor lock_;  // as long as it is held, the directory is in use
  std::unique_ptr<OpenedRepository> opened_;
};

// Removes what killed copies of this user have left in the scratch directory. A stream that one of
// them was making in the same target is removed there first, if it is not whole; without that the
// directory stays. Returns what could not be removed, and why.
std::vector<std::string> CleanUpCopies(const Config& config, const std::string& target_name,
                                       const Account& target, const CancelToken& cancel);

}  // namespace jetkeep
