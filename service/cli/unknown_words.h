// Finds the first unknown command or flag of a command line, and the known one that was meant.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "jetkeep/error.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the library's
class App;
}

namespace jetkeep {

struct UnknownWord {
  std::string command;  // whose flag it is; empty: the word stands where a command should
  std::string word;     // a flag without its value
  std::vector<std::string> known;  // the long flags that there are
};

// words: argv, the program's name included.
std::optional<UnknownWord> FindUnknownWord(const CLI::App& app, std::span<const char* const> words);

// kUsage, with "did you mean" where something is near.
Error UnknownCommand(const std::string& word);
Error UnknownFlag(const UnknownWord& unknown);

}  // namespace jetkeep
