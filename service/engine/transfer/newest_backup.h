// The newest good backup of a stream, for exports of whole streams.
#pragma once

#include <string>

#include "jetkeep/error.h"
#include "service/repository/repository.h"

namespace jetkeep {

// What `work` makes of its id, a Result of something with warnings; those about the choice come
// first. An older backup than one that cannot be used is taken, with a warning.
template <typename Work>
auto WithNewestBackup(Repository& repository, const std::string& stream, const Work& work)
    -> decltype(work(stream)) {
  JETKEEP_ASSIGN(const RestoreChoice choice, repository.ChooseForRestore(stream, true));
  JETKEEP_ASSIGN(auto made, work(choice.backup.id));
  made.warnings.insert(made.warnings.begin(), choice.warnings.begin(), choice.warnings.end());
  return made;
}

}  // namespace jetkeep
