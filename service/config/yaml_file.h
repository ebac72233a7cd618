// Reads the YAML configuration file and the (JSON) context files of the nats command line.
// The only place that knows yaml-cpp; its exceptions stop here.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"
#include "service/config/settings.h"

namespace jetkeep {

struct FileValue {
  const Setting* setting = nullptr;
  std::size_t entry = 0;  // of `accounts` or `stores`
  bool is_flat = true;    // given by the setting's flat key
  std::vector<std::string> texts;
  int line = 0;  // from 1
};

struct ConfigFile {
  std::vector<FileValue> values;
  // How many entries `accounts` and `stores` have; nothing where the file has no such section, and
  // then values of entry 0 come from the flat keys.
  std::optional<std::size_t> accounts;
  std::optional<std::size_t> stores;

  std::optional<std::size_t> entries(Section section) const {
    return section == Section::kAccount ? accounts : stores;
  }
};

// Every key must be a setting and every value must have its type; entries have unique names, and
// flat keys do not stand beside the section that replaces them. Each error is kConfigInvalid and
// names file, line and key. An empty document sets nothing.
Result<ConfigFile> ParseConfigFile(std::string_view bytes, const std::string& file_name);

struct ContextValue {
  std::string key;
  std::string text;
  bool is_text = false;  // false: a number, true or false
  int line = 0;
};

// The members of one flat JSON object; nested values are accepted only if they are empty (and left
// out).
Result<std::vector<ContextValue>> ParseContextFile(std::string_view bytes,
                                                   const std::string& file_name);

// Reads a whole small file. kConfigInvalid names the file and what the system said.
Result<std::string> ReadSmallFile(const std::string& path);

}  // namespace jetkeep
