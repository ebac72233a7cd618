#include "service/cli/command_line.h"

#include <csignal>
#include <cstdio>
#include <string>

#include "protocol/base/version.h"
#include "service/cli/console.h"
#include "service/cli/exit_code.h"
#include "service/cli/invocation.h"
#include "service/cli/verbs.h"
#include "service/config/print.h"

namespace jetkeep {
namespace {

int PrintSettings(const LoadedConfig& loaded, Console& console) {
  if (!console.json()) {
    console.Print(PrintConfig(loaded));
    return kExitOk;
  }
  Document settings = Document::object();
  for (const ShownSetting& shown : ShowConfig(loaded)) {
    settings[shown.key] = Document{{"value", shown.value}, {"origin", shown.origin}};
  }
  console.PrintJson(Document{{"settings", settings}});
  return kExitOk;
}

int PrintVersion(Console& console) {
  if (console.json()) {
    console.PrintJson(Document{{"version", ProgramVersion()}});
  } else {
    console.PrintLine(std::string("jetkeep ") + ProgramVersion());
  }
  return kExitOk;
}

Result<int> Dispatch(const Invocation& invocation, const LoadedConfig& loaded,
                     const ServeFunction& serve, Console& console) {
  const Config& config = loaded.config;
  switch (invocation.verb) {
    case Verb::kHelp:
      console.Print(invocation.help);
      return kExitOk;
    case Verb::kVersion:
      return PrintVersion(console);
    case Verb::kConfig:
      return PrintSettings(loaded, console);
    case Verb::kServe:
      if (invocation.print_config) return PrintSettings(loaded, console);
      JETKEEP_TRY(serve(loaded));
      return kExitOk;
    case Verb::kBackup:
    case Verb::kRestore:
      return RunJobs(invocation, config, console);
    case Verb::kVerify:
      if (invocation.reads_repository()) return VerifyLocally(invocation, config, console);
      return RunJobs(invocation, config, console);
    case Verb::kList:
      return ListBackups(invocation, config, console);
    case Verb::kShow:
      return ShowBackup(invocation, config, console);
    case Verb::kStatus:
      return ShowStatus(invocation, config, console);
    case Verb::kCancel:
      return CancelJob(invocation, config, console);
    case Verb::kWatch:
      return WatchEvents(invocation, config, console);
    case Verb::kDelete:
      return DeleteBackup(invocation, config, console);
  }
  return Fail(Errc::kInternal, "a verb without a function");
}

Result<int> Run(const Invocation& invocation, const ServeFunction& serve, Console& console) {
  const bool needs_config = invocation.verb != Verb::kHelp && invocation.verb != Verb::kVersion;
  LoadedConfig loaded;
  if (needs_config) {
    JETKEEP_ASSIGN(loaded, LoadConfig(invocation.flags, ProcessEnvironment()));
  }
  return Dispatch(invocation, loaded, serve, console);
}

}  // namespace

int RunCommandLine(int argc, const char* const* argv, const ServeFunction& serve) {
  // A reader that went away (`jetkeep list | head`) shows as a failed write.
  std::signal(SIGPIPE, SIG_IGN);
  auto invocation = ParseCommandLine(argc, argv);
  Console console(stdout, stderr, invocation ? invocation->json : AsksForJson(argc, argv));
  Result<int> code =
      invocation ? Run(*invocation, serve, console) : Fail(std::move(invocation).error());
  if (!code) {
    console.PrintError(code.error());
    return ExitCodeOf(code.error());
  }
  if (!console.Flush() && *code == kExitOk) return kExitFailed;
  return *code;
}

}  // namespace jetkeep
