// Verification results beside a backup: which there are, which counts, and adding one.
// Thread-safety: functions may be called from any thread; several processes may add results of one
// backup at once, and none that another still needs is removed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "jetkeep/backup.h"
#include "jetkeep/store.h"
#include "protocol/repository/layout.h"
#include "service/repository/catalog.h"

namespace jetkeep {

struct Verifications {
  std::optional<Verification> counts;
  std::vector<Error> unreadable;  // of results that no later one overrules
  std::int64_t newest_ns = 0;     // by the names, readable or not; 0: there is none
  std::vector<BackupFileParts> overruled;
};

// The results among the files, by the ids of their backups.
std::map<std::string, BackupFiles, std::less<>> ResultsById(const BackupFiles& listed);

// listed: what the directory of the backup held a moment ago; results that were removed since are
// looked for again.
Verifications ReadVerifications(Store& store, const LineagePath& place, const std::string& id,
                                const BackupFiles& listed);

// Writes the result, at a later time than all that are there, and removes those that it overrules.
Status AddVerification(Store& store, const LineagePath& place, const std::string& id,
                       Verification verification);

}  // namespace jetkeep
