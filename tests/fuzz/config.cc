// Configuration and context files of any bytes: an error or values, never a crash. What parses is
// applied.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "service/config/units.h"
#include "service/config/yaml_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto file = jetkeep::ParseConfigFile(bytes, "fuzz.yaml")) {
    jetkeep::Config config;
    config.accounts.resize(file->accounts.value_or(1));
    config.stores.resize(file->stores.value_or(1));
    for (const jetkeep::FileValue& value : file->values) {
      if (!jetkeep::ApplySetting(*value.setting, value.texts, config, value.entry))
        __builtin_trap();
    }
  }
  static_cast<void>(jetkeep::ParseContextFile(bytes, "fuzz.json"));
  if (const auto size_value = jetkeep::ParseByteSize(bytes)) {
    if (*jetkeep::ParseByteSize(jetkeep::FormatByteSize(*size_value)) != *size_value)
      __builtin_trap();
  }
  if (const auto duration = jetkeep::ParseDuration(bytes)) {
    if (*jetkeep::ParseDuration(jetkeep::FormatDuration(*duration)) != *duration) __builtin_trap();
  }
  return 0;
}
