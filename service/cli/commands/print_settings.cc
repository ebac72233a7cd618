#include "service/cli/commands/print_settings.h"

#include "service/cli/exit_code.h"
#include "service/config/print.h"

namespace jetkeep {

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

}  // namespace jetkeep
