// Reads the YAML configuration file and the (JSON) context files of the nats command line.
// The only place that knows yaml-cpp; its exceptions stop here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "jetkeep/error.h"
#include "service/config/settings.h"

namespace jetkeep {

struct FileValue {
  const Setting* setting = nullptr;
  std::vector<std::string> texts;
  int line = 0;  // from 1
};

// Every key must be a setting and every value must have its type; each error is kConfigInvalid and
// names file, line and key. An empty document sets nothing.
Result<std::vector<FileValue>> ParseConfigFile(std::string_view bytes,
                                               const std::string& file_name);

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
