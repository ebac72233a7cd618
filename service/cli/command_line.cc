#include "service/cli/command_line.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <utility>

#include "service/cli/command_line_parser.h"
#include "service/cli/console.h"
#include "service/cli/exit_code.h"

namespace jetkeep {
namespace {

// Whatever becomes of it, the command ended as it did.
void PushRun(const Context& context, const FinishedRun& run) {
  const std::string& url = context.config().push_metrics;
  if (url.empty() || !context.program.push) return;
  const Status pushed = context.program.push(url, run);
  if (!pushed) context.console.Warn("metrics could not be pushed: " + pushed.error().message);
}

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
  const auto began = std::chrono::steady_clock::now();
  Result<int> code = parsed.verb->Run(context);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  if (parsed.command->pushes_run) {
    PushRun(context, {std::string(parsed.command->name), code ? *code : ExitCodeOf(code.error()),
                      took.count()});
  }
  return code;
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
