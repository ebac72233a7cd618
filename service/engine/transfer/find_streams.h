// FindStreams: what a folder holds of the files of the `nats` command line, whatever version wrote
// them, and of Stash, which ran it. Looks at names and the small JSON files; archives are read
// later.
//
//   DIR/backup.json + data                one stream (`nats backup stream`)
//   DIR/<any>/backup.json + data          an account (`nats backup account`, Stash)
//   DIR/stream_X.json, …_consumer_Y.json  configurations, before 2022
//   DIR/X.tgz, DIR/stream_X.tgz           an archive alone, before 2021
//
// Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "jetkeep/stream_state.h"
#include "protocol/cli_layout/backup_json.h"
#include "service/engine/transfer/source_folder.h"

namespace jetkeep {

struct FoundStream {
  std::string where;         // the path of its folder or file, below the folder that was named
  std::string layout;        // "directory", "2022"
  std::string stream;        // as the files name it; empty: only the archive says
  std::string folder;        // of the data, below the folder that was named; empty: that one
  std::string data;          // name of the archive's file; empty: there is none
  std::string archive_name;  // of a legacy archive: the stream that its name tells
  std::int64_t time_ns = 0;  // when the files were written, as they say; 0: they do not
  bool has_state = false;    // `backup.state` was in the files
  CliBackup backup;
  Digest backup_digest{};                 // of backup.json; only of a "directory"
  std::vector<ConsumerBackup> consumers;  // of layout "2022"
  std::vector<std::string> warnings;
};

struct NotImported {
  std::string where;
  std::string stream;  // empty: not known
  Error error;
};

struct FoundStreams {
  std::vector<FoundStream> streams;
  std::vector<NotImported> failures;
  std::vector<std::string> warnings;
};

// Fails only if the folder cannot be read, or holds nothing of that: kBackupNotFound.
Result<FoundStreams> FindStreams(const SourceFolder& folder);

}  // namespace jetkeep
