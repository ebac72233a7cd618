// `jetkeep export --store-dir`: backups into the data directory of a server that does not run.
#pragma once

#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "service/cli/command.h"
#include "service/engine/transfer/export_to_store.h"

namespace jetkeep {

struct StoreExportRequest {
  std::string backup;  // the word for one; empty: the newest good ones of `streams`
  std::vector<std::string> streams = {};  // empty: all
  StoppedStoreSpec store;
  StoreExportSpec spec;
};

// The exit code.
Result<int> RunStoreExport(Context& context, StoreExportRequest request);

}  // namespace jetkeep
