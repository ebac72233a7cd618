// version: of the program, its commit, and the libraries that it runs with.
#include "protocol/base/version.h"

#include "service/cli/commands/commands.h"
#include "service/cli/exit_code.h"

namespace jetkeep {
namespace {

class Version : public Verb {
 public:
  void Declare(Flags& flags) override { static_cast<void>(flags); }
  Result<int> Run(Context& context) override {
    std::map<std::string, std::string> libraries;
    if (context.program.libraries) libraries = context.program.libraries();
    if (context.console.json()) {
      Document shown = Document::object();
      for (const auto& [name, version] : libraries) shown[name] = version;
      context.console.PrintJson(Document{{"version", ProgramVersion()},
                                         {"commit", ProgramCommit()},
                                         {"libraries", std::move(shown)}});
      return kExitOk;
    }
    context.console.PrintLine(std::string("jetkeep ") + ProgramVersion());
    context.console.PrintLine(std::string("commit ") + ProgramCommit());
    for (const auto& [name, version] : libraries) context.console.PrintLine(name + " " + version);
    return kExitOk;
  }
};

}  // namespace

std::unique_ptr<Verb> MakeVersion() { return std::make_unique<Version>(); }

}  // namespace jetkeep
