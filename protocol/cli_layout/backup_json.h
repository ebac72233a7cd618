// backup.json: what the `nats` command line keeps of a stream beside its archive.
//
//   {"config":{…},"state":{…},"edit":{…},"source":{…}}
//
// `config` and `state` are what the server answered a snapshot request with, as the command line
// understood them. `edit` is there if `nats backup edit` made the file, `source` if it was captured
// from live subjects. Other members are ignored, as the command line does. Source: files of the
// command line 0.5.1, and its source. Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "jetkeep/error.h"
#include "jetkeep/stream_state.h"

namespace jetkeep {

// Every configuration and state is much shorter.
inline constexpr std::uint64_t kMaxCliJsonBytes = std::uint64_t{4} << 20;

struct CliBackup {
  // Without white space between tokens; everything else as it stands in the file.
  std::string config_json;
  std::string state_json;  // without a list of deleted sequences
  StreamState state;
  std::string edit_json;    // empty: not edited
  std::string source_json;  // empty: not captured
};

// kArchiveCorrupt: it is no such file.
Result<CliBackup> ParseCliBackup(std::string_view text);

// The state as servers write it: that of backup.json, and of state.json in a v2 archive.
Result<StreamState> ParseCliState(std::string_view json);

// As the command line writes it: two spaces a level, no line feed at the end. REQUIRES: JSON.
std::string CliBackupText(std::string_view config_json, std::string_view state_json);
// The state with the members and their order that servers use.
std::string CliStateJson(const StreamState& state);

}  // namespace jetkeep
