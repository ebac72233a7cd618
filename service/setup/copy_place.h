// CopyPlace: the repository of one copy from server to server, in a directory of its own below the
// scratch directory. It goes with the object, unless it records a restore that left something to be
// removed; that, and what a killed process leaves, the next copy into the same target removes.
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

// Where a copy goes.
struct CopyTarget {
  std::string name;      // as the user gave it
  std::string identity;  // servers, login, JetStream's prefix: without secrets
};
CopyTarget CopyTargetOf(const std::string& name, const AccountConfig& account);

class CopyPlace {
 public:
  // target: by whose identity a later copy knows the same one.
  static Result<std::unique_ptr<CopyPlace>> Make(const Config& config, const CopyTarget& target);
  ~CopyPlace();
  CopyPlace(const CopyPlace&) = delete;
  CopyPlace& operator=(const CopyPlace&) = delete;

  // Removes the directory, unless it records a restore that has not ended: then it returns the
  // path. REQUIRES: no engine over the repository is there any more.
  std::string Close();

  // REQUIRES: not closed.
  Repository& repository() { return *opened_->repository; }
  const std::string& directory() const { return directory_; }

 private:
  CopyPlace(Config config, std::string directory, Descriptor lock)
      : config_(std::move(config)), directory_(std::move(directory)), lock_(std::move(lock)) {}

  const Config config_;
  const std::string directory_;
  const Descriptor lock_;  // as long as it is held, the directory is in use
  std::unique_ptr<OpenedRepository> opened_;
  bool closed_ = false;
};

// Removes what killed copies of this user have left in the scratch directory. A stream that one of
// them was making in the same target is removed there first, if it is not whole; without that the
// directory stays. Returns what could not be removed, and why.
std::vector<std::string> CleanUpCopies(const Config& config, const CopyTarget& target,
                                       const Account& account, const CancelToken& cancel);

}  // namespace jetkeep
