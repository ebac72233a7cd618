// Command: one verb of the program, as a row of a table (command_table.h).
//
// To add one: a file in commands/ with a class that declares its flags and runs, and a row;
// CONTRIBUTING.md has all steps.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"
#include "service/cli/addressee.h"
#include "service/cli/console.h"
#include "service/cli/flags.h"
#include "service/config/load.h"

namespace jetkeep {

// One command that has ended.
struct FinishedRun {
  std::string command;
  int exit_code = 0;
  double seconds = 0;
};

// What the program lends to its verbs.
struct Program {
  // Runs the service until a signal stops it.
  std::function<Status(const LoadedConfig& loaded)> serve;
  // The libraries in use, by name, with their versions.
  std::function<std::map<std::string, std::string>()> libraries;
  // Pushes how a command ended to a URL.
  std::function<Status(const std::string& url, const FinishedRun& run)> push = {};
};

// What a verb works with while it runs.
struct Context {
  Console& console;
  const LoadedConfig& loaded;
  const FlagValues& given;  // on the command line
  const Program& program;
  bool verbose = false;
  Addressee addressee = {};  // of requests to the service
  // The help of a command, or of the program (an empty name).
  std::function<Result<std::string>(std::string_view command)> help;

  const Config& config() const { return loaded.config; }
};

// Whether to read the repository directly, without a service.
inline bool ReadsRepository(const FlagValues& given) {
  return given.settings.contains("repository.directory");
}

class Verb {
 public:
  virtual ~Verb() = default;
  virtual void Declare(Flags& flags) = 0;
  // What is wrong with the words alone, before anything is read or sent.
  virtual Status Check(const FlagValues& given) const {
    static_cast<void>(given);
    return {};
  }
  // Prints the result and returns the exit code, or returns the error to report.
  virtual Result<int> Run(Context& context) = 0;
};

struct ExitMeaning {
  int code;
  std::string_view meaning;
};

struct Command {
  std::string_view name;
  std::string_view alias;  // empty: none
  std::string_view summary;
  std::unique_ptr<Verb> (*make)();
  std::string_view examples;            // a line each
  std::vector<Errc> errors = {};        // that it may exit with, besides those of every command
  std::vector<ExitMeaning> exits = {};  // of codes that are no error's, or mean more here
  bool asks_service = true;             // it may end with the errors of a connection, too
  bool needs_config = true;
  bool pushes_run = false;  // its work is worth a metric: timers start it
};

}  // namespace jetkeep
