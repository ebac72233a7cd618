// Survey: what lies in a repository besides its backups. Reads every manifest.
// Thread-safety: functions may be called from any thread; other processes may work meanwhile.
#pragma once

#include <string>
#include <vector>

#include "jetkeep/store.h"
#include "protocol/repository/layout.h"

namespace jetkeep {

struct RepositorySurvey {
  std::vector<std::string> unknown;  // files that no jetkeep made, or not there: each path and why
  // Segments that no manifest names, where no backup is being made: their paths. Somebody may be
  // deleting them just now.
  std::vector<std::string> orphaned;
  std::vector<Error> unreadable;  // places that may hold more
};

// account: empty means all.
Result<RepositorySurvey> SurveyRepository(Store& store, const std::string& account);

// Whether a backup of that id has its manifest in another place, so that a file with its id here is
// a copy.
Result<bool> BelongsElsewhere(Store& store, const LineagePath& here, const std::string& id);

}  // namespace jetkeep
