// ChangeFlags: the flags that say how a restored stream is to differ from the one that was backed
// up.
#pragma once

#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/restore_changes.h"
#include "service/cli/flags.h"

namespace jetkeep {

class ChangeFlags {
 public:
  void Declare(Flags& flags);
  bool any() const;
  // kUsage, or the reason why the file of the configuration cannot be read.
  Result<RestoreChanges> Read() const;

 private:
  Status ReadObfuscation(Obfuscation& what) const;

  std::string as_;
  std::vector<std::string> map_subjects_;
  std::string replicas_;
  std::string cluster_;
  std::vector<std::string> tags_;
  std::string storage_;
  std::vector<std::string> set_;
  std::string config_file_;
  bool frozen_ = false;
  std::vector<std::string> obfuscate_;
  bool digests_ = false;
  std::string key_;
};

}  // namespace jetkeep
