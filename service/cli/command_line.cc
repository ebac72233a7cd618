#include "service/cli/command_line.h"

#include <csignal>
#include <cstdio>
#include <utility>

#include "service/cli/command_line_parser.h"
#include "service/cli/console.h"
#include "service/cli/exit_code.h"

namespace jetkeep {
namespace {

Result<int> Run(ParsedCommandLine& parsed, const Program& program, Console& console) {
  if (parsed.command == nullptr) {
    console.Print(parsed.print);
    return kExitOk;
  }
  LoadedConfig loaded;
  if (parsed.command->needs_config) {
    JETKEEP_ASSIGN(loaded, LoadConfig(parsed.given, ProcessEnvironment()));
  }
  Context context{console,        loaded,           parsed.given, program,
                  parsed.verbose, parsed.addressee, &HelpOf};
  return parsed.verb->Run(context);
}

}  // namespace

int RunCommandLine(int argc, const char* const* argv, const Program& program) {
  // A reader that went away (`jetkeep list | head`) shows as a failed write.
  std::signal(SIGPIPE, SIG_IGN);
  auto parsed = ParseCommandLine(argc, argv);
  Console console(stdout, stderr, parsed ? parsed->json : AsksForJson(argc, argv));
  if (parsed) console.SetVerbose(parsed->verbose);
  Result<int> code = parsed ? Run(*parsed, program, console) : Fail(std::move(parsed).error());
  if (!code) {
    console.PrintError(code.error());
    return ExitCodeOf(code.error());
  }
  if (!console.Flush() && *code == kExitOk) return kExitFailed;
  return *code;
}

}  // namespace jetkeep
