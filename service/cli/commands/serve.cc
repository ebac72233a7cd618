// serve: runs the service.
#include "service/cli/commands/commands.h"
#include "service/cli/commands/print_settings.h"
#include "service/cli/exit_code.h"

namespace jetkeep {
namespace {

class Serve : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.Flag("--print-config", print_config_, "print the effective configuration and end");
    flags.Settings(SettingGroup::kRepository, "Repository");
    flags.Settings(SettingGroup::kService, "Service");
  }
  Result<int> Run(Context& context) override {
    if (print_config_) return PrintSettings(context.loaded, context.console);
    JETKEEP_TRY(context.program.serve(context.loaded));
    return kExitOk;
  }

 private:
  bool print_config_ = false;
};

}  // namespace

std::unique_ptr<Verb> MakeServe() { return std::make_unique<Serve>(); }

}  // namespace jetkeep
