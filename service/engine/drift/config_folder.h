// ConfigFolder: configurations from a folder of JSON files as config-export writes them.
// Thread-safety: one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "jetkeep/drift.h"
#include "jetkeep/error.h"

namespace jetkeep {

// <stream>.stream.json and <stream>.<consumer>.consumer.json, also in folders below; names that
// begin with a dot are passed over. Any other file is an error, and so are a consumer without its
// stream, a stream that two files describe, a name inside that is not that of the file, and more
// than `most_bytes` in all: what is compared must be what is in the folder, and nothing less.
Result<std::vector<KeptConfig>> ReadConfigFolder(const std::string& path, std::uint64_t most_bytes);

}  // namespace jetkeep
