#include "service/cli/command_line_parser.h"

#include <CLI/CLI.hpp>
#include <cctype>
#include <span>
#include <utility>

#include "protocol/base/names.h"
#include "protocol/base/version.h"
#include "service/cli/command_help.h"
#include "service/cli/command_table.h"
#include "service/cli/unknown_words.h"

namespace jetkeep {
namespace {

constexpr std::size_t kHelpColumn = 34;
constexpr std::string_view kAccountSetting = "repository.account";

// The flags that every command takes, before or behind its name.
struct CommonFlags {
  bool json = false;
  bool verbose = false;
  std::string instance;
};

class Parser {
 public:
  Parser() : app_("Backup and restore of NATS JetStream", "jetkeep") {
    app_.require_subcommand(0, 1);
    app_.get_formatter()->column_width(kHelpColumn);
    Flags flags(app_, settings_);
    DeclareCommon(flags);
    flags.Flag("-V,--version", asks_version_, "print the version");
    flags.Option("--config", config_file_, "FILE", "YAML file with settings [JETKEEP_CONFIG]");
    flags.Flag("--no-context", no_context_,
               "do not use the context that `nats context select` chose");
    flags.Option("--instance", common_.instance, "ID",
                 "ask this instance of the service only (`jetkeep ping` lists them)");
    flags.FlagOfSetting(
        kAccountSetting, "Options",
        "account to work on; with several accounts in the configuration file, also the "
        "one to connect with");
    flags.Settings(SettingGroup::kAnyCommand, "Options");
    flags.Settings(SettingGroup::kConnection, "Connection");
    for (const Command& command : Commands()) AddCommand(command);
    app_.footer(FooterOfProgram());
  }

  Result<ParsedCommandLine> Parse(int argc, const char* const* argv) {
    JETKEEP_TRY(CheckWords(std::span(argv, static_cast<std::size_t>(argc))));
    try {
      app_.parse(argc, const_cast<char**>(argv));
    } catch (const CLI::Success&) {
      const auto chosen = app_.get_subcommands();
      return Printing(chosen.empty() ? HelpOfProgram() : HelpOfCommand(*chosen.front()));
    } catch (const CLI::ParseError& error) {
      return Wrong(error.what());
    }
    if (asks_version_) return Printing(std::string("jetkeep ") + ProgramVersion() + "\n");
    const auto chosen = app_.get_subcommands();
    if (chosen.empty()) return Wrong("no command is given");
    Declared& declared = *declared_.at(chosen.front());
    ParsedCommandLine parsed;
    parsed.given.no_context = no_context_;
    for (auto& [key, texts] : settings_) {
      if (!texts.empty()) parsed.given.settings[key] = std::move(texts);
    }
    if (!config_file_.empty()) parsed.given.config_file = config_file_;
    if (Status checked = declared.verb->Check(parsed.given); !checked) {
      return CompleteHint(std::move(checked).error());
    }
    parsed.command = declared.command;
    parsed.verb = std::move(declared.verb);
    parsed.json = common_.json;
    parsed.verbose = common_.verbose;
    if (!common_.instance.empty()) JETKEEP_TRY(CheckInstance(common_.instance));
    parsed.addressee.instance = common_.instance;
    // A variable chooses the connection only: it may be meant for another program's words.
    const auto account = parsed.given.settings.find(std::string(kAccountSetting));
    if (account != parsed.given.settings.end()) parsed.addressee.account = account->second.back();
    return parsed;
  }

  std::string HelpOfProgram() const { return app_.help(); }
  std::string HelpOfCommand(const CLI::App& app) const {
    return app.help("jetkeep") + "\nConnection flags: `jetkeep --help`\n";
  }
  std::string HelpOfCommand(std::string_view name) const {
    return HelpOfCommand(*app_.get_subcommand(std::string(name)));
  }

 private:
  struct Declared {
    const Command* command = nullptr;
    std::unique_ptr<Verb> verb;
    std::vector<AbsentFlag> absent;
  };

  void DeclareCommon(Flags& flags) {
    flags.Flag("-j,--json", common_.json, "print JSON (see protocol/CLI.md)");
    flags.Flag("-v,--verbose", common_.verbose, "print more: who answered, numbers of errors");
  }

  void AddCommand(const Command& command) {
    CLI::App* app = app_.add_subcommand(std::string(command.name), std::string(command.summary));
    if (!command.alias.empty()) app->alias(std::string(command.alias));
    app->fallthrough();  // connection flags may stand before or behind the verb
    app->get_formatter()->column_width(kHelpColumn);
    app->footer(FooterOf(command));
    auto declared = std::make_unique<Declared>();
    declared->command = &command;
    declared->verb = command.make();
    Flags flags(*app, settings_);
    declared->verb->Declare(flags);
    DeclareCommon(flags);
    declared->absent = flags.absent();
    declared_[app] = std::move(declared);
  }

  // Before the library looks: it would name what is missing rather than what is wrong.
  Status CheckWords(std::span<const char* const> words) const {
    const auto unknown = FindUnknownWord(app_, words);
    if (!unknown) return {};
    if (unknown->command.empty()) return Fail(UnknownCommand(unknown->word));
    for (const auto& [app, declared] : declared_) {
      if (app->get_name() != unknown->command) continue;
      for (const AbsentFlag& absent : declared->absent) {
        if (absent.name != unknown->word) continue;
        return Fail(Errc::kUsage, unknown->command + " has no flag " + absent.name + " yet",
                    absent.hint);
      }
    }
    return Fail(UnknownFlag(*unknown));
  }

  // It becomes a token of a subject.
  static Status CheckInstance(const std::string& instance) {
    if (CheckJobId(instance)) return {};
    return Fail(Errc::kUsage, "--instance: not the id of an instance",
                "Run `jetkeep ping` to see the ids.");
  }

  static ParsedCommandLine Printing(std::string text) {
    ParsedCommandLine parsed;
    parsed.print = std::move(text);
    return parsed;
  }

  tl::unexpected<Error> Wrong(std::string message) const {
    if (!message.empty() &&
        (message.size() < 2 || std::islower(static_cast<unsigned char>(message[1])) != 0)) {
      message[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(message[0])));
    }
    return CompleteHint(Error{Errc::kUsage, std::move(message), ""});
  }

  // A wrong command line without a hint of its own gets that of where to read on.
  tl::unexpected<Error> CompleteHint(Error error) const {
    const auto chosen = app_.get_subcommands();
    const std::string verb = chosen.empty() ? "" : chosen.front()->get_name() + " ";
    if (error.code == Errc::kUsage && error.hint.empty()) {
      error.hint = "Run `jetkeep " + verb + "--help`.";
    }
    return Fail(std::move(error));
  }

  CLI::App app_;
  CommonFlags common_;
  bool asks_version_ = false;
  bool no_context_ = false;
  std::string config_file_;
  Flags::SettingTexts settings_;
  std::map<const CLI::App*, std::unique_ptr<Declared>> declared_;
};

}  // namespace

Result<ParsedCommandLine> ParseCommandLine(int argc, const char* const* argv) {
  try {
    return Parser().Parse(argc, argv);
  } catch (const CLI::Error& error) {
    return Fail(Errc::kInternal, std::string("command line: ") + error.what());
  }
}

Result<std::string> HelpOf(std::string_view command) {
  if (command.empty()) return Parser().HelpOfProgram();
  const Command* found = FindCommand(command);
  if (found == nullptr) return Fail(UnknownCommand(std::string(command)));
  return Parser().HelpOfCommand(found->name);
}

bool AsksForJson(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument == "--json" || argument == "-j") return true;
    if (argument == "--") return false;
  }
  return false;
}

}  // namespace jetkeep
