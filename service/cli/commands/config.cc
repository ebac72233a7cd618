// config: what is in force, and where each value comes from.
#include "service/cli/commands/commands.h"
#include "service/cli/commands/print_settings.h"

namespace jetkeep {
namespace {

class ShowSettings : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.Settings(SettingGroup::kRepository, "Repository");
    flags.Settings(SettingGroup::kService, "Service");
  }
  Result<int> Run(Context& context) override {
    return PrintSettings(context.loaded, context.console);
  }
};

}  // namespace

std::unique_ptr<Verb> MakeConfig() { return std::make_unique<ShowSettings>(); }

}  // namespace jetkeep
