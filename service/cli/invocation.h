// The command line as typed, taken apart. The only place that knows CLI11.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "jetkeep/error.h"
#include "service/config/load.h"

namespace jetkeep {

enum class Verb : std::uint8_t {
  kHelp,  // the text is in `help`
  kVersion,
  kServe,
  kConfig,
  kBackup,
  kRestore,
  kVerify,
  kList,
  kShow,
  kStatus,
  kCancel,
  kWatch,
  kDelete,
};

struct Invocation {
  Verb verb = Verb::kHelp;
  std::string help;
  FlagValues flags;
  bool json = false;
  bool no_wait = false;
  bool print_config = false;
  bool last = false;  // delete
  bool accept_damaged = false;
  bool drill = false;
  bool allow_older = false;
  bool drop_unknown = false;
  bool skip_refused_consumers = false;
  std::vector<std::string> streams;  // backup: all of them
  std::string stream;                // restore, list, watch, verify
  std::string backup;                // restore, show, delete, verify
  std::string job;                   // status, cancel, watch; the client's own id of a new job

  // Read the repository itself, without a service.
  bool reads_repository() const { return flags.settings.contains("repository.directory"); }
};

// Errors are kUsage.
Result<Invocation> ParseCommandLine(int argc, const char* const* argv);

// Whether --json (or -j) is among the arguments: how to report that the rest of them is wrong.
bool AsksForJson(int argc, const char* const* argv);

}  // namespace jetkeep
