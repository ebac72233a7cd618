#include "service/cli/command_help.h"

#include <map>

namespace jetkeep {
namespace {

std::string Indented(std::string_view lines) {
  std::string text;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    text += "  " + std::string(lines.substr(0, end)) + "\n";
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  }
  return text;
}

std::string ExitLine(int code, std::string_view meaning) {
  std::string line = std::to_string(code);
  line.resize(5, ' ');
  return line + std::string(meaning) + "\n";
}

}  // namespace

std::string FooterOf(const Command& command) {
  std::map<int, std::string> codes{{0, "done"},
                                   {1, "failed for a reason without a code of its own"},
                                   {2, "wrong usage or configuration"}};
  const auto add = [&](Errc code) {
    codes[TraitsOf(code).exit_code] = std::string(TraitsOf(code).text);
  };
  for (const Errc code : command.errors) add(code);
  if (command.asks_service) {
    for (const Errc code :
         {Errc::kNotConnected, Errc::kTimeout, Errc::kPermissionDenied, Errc::kNoResponders}) {
      add(code);
    }
  }
  for (const auto& [code, meaning] : command.exits) codes[code] = meaning;
  std::string lines;
  for (const auto& [code, meaning] : codes) lines += ExitLine(code, meaning);
  return "Exit codes (all: protocol/CLI.md):\n" + Indented(lines) + "\nExamples:\n" +
         Indented(command.examples);
}

std::string FooterOfProgram() {
  return "Help of a command: `jetkeep help COMMAND`\n\n"
         "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 some of several failed,\n"
         "10 to 99 the error's own code (protocol/CLI.md), 130 interrupted\n\n"
         "Examples:\n"
         "  jetkeep serve --server nats://127.0.0.1:4222 --repository /var/lib/jetkeep\n"
         "  jetkeep backup ORDERS\n"
         "  jetkeep list\n"
         "  jetkeep restore ORDERS";
}

}  // namespace jetkeep
