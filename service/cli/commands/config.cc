// config: what is in force, and where each value comes from; or whether a file is one for `serve`.
#include "service/cli/commands/commands.h"
#include "service/cli/commands/print_settings.h"
#include "service/cli/exit_code.h"
#include "service/setup/check_served.h"

namespace jetkeep {
namespace {

class ShowSettings : public Verb {
 public:
  void Declare(Flags& flags) override {
    flags.Option("--check", check_, "FILE",
                 "check the file, and what it names, as `serve` would; print what is wrong");
    flags.Settings(SettingGroup::kRepository, "Repository");
    flags.Settings(SettingGroup::kService, "Service");
  }
  Status Check(const FlagValues& given) const override {
    if (check_.empty() || !given.config_file) return {};
    return Fail(Errc::kUsage, "--check names the file, and so does --config", "Give one of them.");
  }
  Result<int> Run(Context& context) override {
    if (!check_.empty()) return CheckFile(context);
    JETKEEP_ASSIGN(const LoadedConfig loaded, LoadConfig(context.given, ProcessEnvironment()));
    return PrintSettings(loaded, context.console);
  }

 private:
  Result<int> CheckFile(Context& context) const {
    FlagValues given = context.given;
    given.config_file = check_;
    JETKEEP_ASSIGN(const LoadedConfig loaded, LoadConfig(given, ProcessEnvironment()));
    JETKEEP_TRY(CheckServed(loaded.config));
    Console& console = context.console;
    if (console.json()) {
      console.PrintJson(Document{{"file", check_}, {"warnings", loaded.warnings}});
      return kExitOk;
    }
    for (const std::string& warning : loaded.warnings) console.Warn(warning);
    console.PrintLine(check_ + ": no errors");
    return kExitOk;
  }

  std::string check_;
};

}  // namespace

std::unique_ptr<Verb> MakeConfig() { return std::make_unique<ShowSettings>(); }

}  // namespace jetkeep
