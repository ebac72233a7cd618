// The folders of a server's store, by what lies in them:
//
//   <store_dir>/jetstream/<account>/streams/<stream>
//   <store_dir>/jetstream/<system account>/_js_      the raft logs, of a server of a cluster
//
// The system account has the name that the server's configuration gives it. Thread-safety: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"
#include "service/engine/transfer/source_folder.h"

namespace jetkeep {

// The default name of the system account. Servers that stand alone keep nothing of it.
inline constexpr std::string_view kSystemAccountFolder = "$SYS";

struct FolderNames {
  std::vector<std::string> folders;
  // Symbolic links, to whatever: they are not followed.
  std::vector<std::string> links;
};

Result<FolderNames> NamesIn(const SourceFolder& folder);

// Whether it is the folder of a cluster's system account: it has raft logs.
bool HasRaftLogs(const SourceFolder& account_folder);

}  // namespace jetkeep
