#include "service/repository/orphaned_restore.h"

namespace jetkeep {

bool HoldsOrphanedRestore(Repository& repository) {
  bool any = false;
  const auto looked = repository.TakeOrphanedRestores([&](const RestoreRecord&) {
    any = true;
    return false;
  });
  return any || !looked || !looked->warnings.empty();
}

}  // namespace jetkeep
