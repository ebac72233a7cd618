// help: the help of the program or of one command.
#include "service/cli/commands/commands.h"
#include "service/cli/exit_code.h"

namespace jetkeep {
namespace {

class Help : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.Argument("COMMAND", command_, "the command (default: an overview)");
  }
  Result<int> Run(Context& context) override {
    JETKEEP_ASSIGN(const std::string text, context.help(command_));
    context.console.Print(text);
    return kExitOk;
  }

 private:
  std::string command_;
};

}  // namespace

std::unique_ptr<Verb> MakeHelp() { return std::make_unique<Help>(); }

}  // namespace jetkeep
