// ImportFolder: all streams, or some, of a folder that the `nats` command line wrote. What is
// damaged is refused and named; the rest goes on. Thread-safety: one thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "service/engine/transfer/import_stream.h"

namespace jetkeep {

struct ImportSpec {
  std::string folder;
  std::vector<std::string> streams;  // only these; empty: all
  bool strict = false;               // a warning about the folder is a failure
};

struct StreamImport {
  std::string where;   // below the folder
  std::string stream;  // empty: not known
  std::optional<ImportedBackup> imported;
  std::optional<Error> error;  // if it was not
};

struct ImportReport {
  std::vector<StreamImport> streams;
  std::vector<std::string> warnings;  // about the folder
};

// Fails if nothing was begun: the folder cannot be read or holds no backup, a stream that was asked
// for is not in it, or there was a warning that `strict` forbids. A cancelled import keeps what is
// whole.
Result<ImportReport> ImportFolder(const ImportSpec& spec, Repository& repository,
                                  const WallClock& clock, JobObserver& observer,
                                  const CancelToken& cancel);

}  // namespace jetkeep
