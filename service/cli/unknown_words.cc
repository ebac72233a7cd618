#include "service/cli/unknown_words.h"

#include <CLI/CLI.hpp>
#include <string_view>

#include "protocol/base/nearest_name.h"
#include "service/cli/command_table.h"

namespace jetkeep {
namespace {

const CLI::Option* FindOption(const CLI::App* verb, const CLI::App& app, const std::string& name) {
  if (verb != nullptr) {
    if (const CLI::Option* option = verb->get_option_no_throw(name)) return option;
  }
  return app.get_option_no_throw(name);
}

bool TakesValue(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

std::vector<std::string> LongFlags(const CLI::App* verb, const CLI::App& app) {
  std::vector<std::string> flags;
  for (const CLI::App* from : {verb, &app}) {
    if (from == nullptr) continue;
    for (const CLI::Option* option : from->get_options()) {
      for (const std::string& name : option->get_lnames()) flags.push_back("--" + name);
    }
  }
  return flags;
}

// What a word of flags is: the name of the first one that there is not, and whether the last one
// takes the next word for its value.
struct FlagWord {
  std::string unknown;
  bool takes_next = false;
};

FlagWord Inspect(const CLI::App* verb, const CLI::App& app, std::string_view word) {
  if (word.starts_with("--")) {
    const std::size_t equals = word.find('=');
    const std::string name(word.substr(0, equals));
    const CLI::Option* option = FindOption(verb, app, name);
    if (option == nullptr) return {name, false};
    return {"", TakesValue(*option) && equals == std::string_view::npos};
  }
  for (std::size_t i = 1; i < word.size(); ++i) {
    const std::string name{'-', word[i]};
    const CLI::Option* option = FindOption(verb, app, name);
    if (option == nullptr) return {i == 1 ? std::string(word) : name, false};
    if (TakesValue(*option)) return {"", i + 1 == word.size()};
  }
  return {};
}

std::vector<std::string_view> Views(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

}  // namespace

std::optional<UnknownWord> FindUnknownWord(const CLI::App& app,
                                           std::span<const char* const> words) {
  const CLI::App* verb = nullptr;
  std::string command;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string_view word = words[i];
    if (word == "--") return std::nullopt;
    if (word.size() > 1 && word.starts_with('-')) {
      const FlagWord flag = Inspect(verb, app, word);
      if (!flag.unknown.empty()) {
        return UnknownWord{command.empty() ? "jetkeep" : command, flag.unknown,
                           LongFlags(verb, app)};
      }
      if (flag.takes_next) ++i;
    } else if (verb == nullptr) {
      const Command* found = FindCommand(word);
      if (found == nullptr) return UnknownWord{"", std::string(word), {}};
      command = found->name;
      verb = app.get_subcommand(command);
    }
  }
  return std::nullopt;
}

Error UnknownCommand(const std::string& word) {
  std::vector<std::string_view> names;
  for (const Command& command : Commands()) {
    names.push_back(command.name);
    if (!command.alias.empty()) names.push_back(command.alias);
  }
  const std::string_view near = NearestName(word, names, 2);
  return {Errc::kUsage, "there is no command " + word,
          (near.empty() ? std::string() : "Did you mean `jetkeep " + std::string(near) + "`? ") +
              "Run `jetkeep --help` for all commands."};
}

Error UnknownFlag(const UnknownWord& unknown) {
  const std::string_view near = NearestName(unknown.word, Views(unknown.known), 2);
  const bool program = unknown.command == "jetkeep";
  return {Errc::kUsage, unknown.command + " has no flag " + unknown.word,
          (near.empty() ? std::string() : "Did you mean " + std::string(near) + "? ") +
              "Run `jetkeep " + (program ? "" : unknown.command + " ") + "--help`."};
}

}  // namespace jetkeep
