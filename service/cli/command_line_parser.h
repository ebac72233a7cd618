// The command line as typed, taken apart. Nothing else but flags.cc knows CLI11.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "jetkeep/error.h"
#include "service/cli/command.h"
#include "service/config/load.h"

namespace jetkeep {

struct ParsedCommandLine {
  const Command* command = nullptr;  // null: `print` is all there is to do
  std::unique_ptr<Verb> verb;        // with its flags filled in, and checked
  std::string print;                 // the help, or the version
  FlagValues given;
  bool json = false;
  bool verbose = false;
  Addressee addressee;
};

// Errors are kUsage, or those of a name that is not valid.
Result<ParsedCommandLine> ParseCommandLine(int argc, const char* const* argv);

// The help of a command, by its name or alias; an empty name: of the program. kUsage if there is no
// such command.
Result<std::string> HelpOf(std::string_view command);

// Whether --json (or -j) is among the arguments: how to report that the rest of them is wrong.
bool AsksForJson(int argc, const char* const* argv);

}  // namespace jetkeep
