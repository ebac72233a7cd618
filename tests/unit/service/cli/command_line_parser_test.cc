#include "service/cli/command_line_parser.h"

#include <gmock/gmock.h>

#include <vector>

#include "service/cli/command_table.h"

namespace jetkeep {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Words = std::vector<const char*>;

Result<ParsedCommandLine> Parse(Words arguments) {
  arguments.insert(arguments.begin(), "jetkeep");
  return ParseCommandLine(static_cast<int>(arguments.size()), arguments.data());
}

std::string HelpFor(const Words& arguments) {
  const auto parsed = Parse(arguments);
  EXPECT_TRUE(parsed) << arguments[0];
  return parsed ? parsed->print : "";
}

Error Refusal(const Words& arguments) {
  auto parsed = Parse(arguments);
  EXPECT_FALSE(parsed) << (arguments.empty() ? "" : arguments[0]);
  return parsed ? Error{} : std::move(parsed).error();
}

// With as few words behind the name as the command needs.
Result<ParsedCommandLine> ParseWithWords(const std::string& name) {
  Result<ParsedCommandLine> parsed = Parse({name.c_str()});
  const std::vector<Words> all = {{"b1"},
                                  {"b1", "2"},
                                  {"b1", "--to", "x"},
                                  {"b1", "--from", "x", "--to", "y"},
                                  {"b1", "--dry-run"},
                                  {"--keep-last", "1"}};
  for (Words words : all) {
    if (parsed) break;
    words.insert(words.begin(), name.c_str());
    parsed = Parse(words);
  }
  return parsed;
}

TEST(CommandLineParser, TakesEveryVerb) {
  for (const Command& command : Commands()) {
    for (const std::string_view name : {command.name, command.alias}) {
      if (name.empty()) continue;
      const auto parsed = ParseWithWords(std::string(name));
      ASSERT_TRUE(parsed) << name << ": " << parsed.error().message;
      EXPECT_EQ(parsed->command, &command) << name;
      EXPECT_NE(parsed->verb, nullptr) << name;
    }
  }
  EXPECT_EQ(Parse({"help", "list"})->command->name, "help");
}

TEST(CommandLineParser, TakesSets) {
  const Words cases[] = {{"backup", "--all"},
                         {"backup", "KV_*", "A", "--job", "j"},
                         {"restore", "--set", "latest", "A", "B"},
                         {"show", "set-2026"},
                         {"unpin", "set-2026"},
                         {"list", "--sets"}};
  for (const Words& arguments : cases) {
    const auto parsed = Parse(arguments);
    ASSERT_TRUE(parsed) << arguments[0] << ": " << parsed.error().message;
    EXPECT_EQ(parsed->command->name, arguments[0]);
  }
}

TEST(CommandLineParser, HelpOfTheProgramHasOneGroupOfOptions) {
  const std::string help = HelpFor({"--help"});
  EXPECT_THAT(help, HasSubstr("\nOptions:"));
  EXPECT_THAT(help, Not(HasSubstr("\nOPTIONS:")));
  EXPECT_EQ(help.find("\nOptions:"), help.rfind("\nOptions:"));
}

TEST(CommandLineParser, ConnectionFlagsMayStandBeforeAndBehindTheVerb) {
  for (const Words& arguments :
       std::vector<Words>{{"-s", "nats://h:1", "backup", "A", "B", "--json"},
                          {"backup", "A", "B", "--server=nats://h:1", "-j"},
                          {"backup", "-snats://h:1", "A", "B", "-vj"},
                          {"--json", "backup", "-s", "nats://h:1", "A", "B"}}) {
    const auto parsed = Parse(arguments);
    ASSERT_TRUE(parsed) << parsed.error().message;
    EXPECT_THAT(parsed->given.settings.at("nats.servers"), ElementsAre("nats://h:1"));
    EXPECT_TRUE(parsed->json);
  }
  EXPECT_EQ(Parse({"list", "--instance", "k3V"})->addressee.instance, "k3V");
}

TEST(CommandLineParser, ServersMayBeRepeatedButOthersMayNot) {
  const auto several = Parse({"list", "-s", "a", "-s", "b"});
  ASSERT_TRUE(several) << several.error().message;
  EXPECT_THAT(several->given.settings.at("nats.servers"), ElementsAre("a", "b"));
  EXPECT_EQ(Refusal({"list", "--user", "a", "--user", "b"}).code, Errc::kUsage);
}

TEST(CommandLineParser, OnlyTheFlagMakesAVerbReadTheRepositoryItself) {
  EXPECT_TRUE(ReadsRepository(Parse({"list", "--repository", "/r"})->given));
  EXPECT_TRUE(ReadsRepository(Parse({"show", "b1", "-r", "/r"})->given));
  EXPECT_FALSE(ReadsRepository(Parse({"list"})->given));
}

TEST(CommandLineParser, WrongUsageIsAnErrorWithAHint) {
  for (const Words& arguments : std::vector<Words>{{},
                                                   {"frobnicate"},
                                                   {"backup"},
                                                   {"backup", "A", "--frobnicate"},
                                                   {"backup", "A", "--repository", "/r"},
                                                   {"backup", "A", "B", "--job", "j"},
                                                   {"backup", "--all", "A"},
                                                   {"backup", "--all", "--parallel", "0"},
                                                   {"backup", "--all", "--metadata", "x"},
                                                   {"restore", "A", "--keep-going"},
                                                   {"restore", "A", "B"},
                                                   {"restore", "--set", "latest", "--allow-older"},
                                                   {"delete", "set-2026", "--from-sets"},
                                                   {"list", "A", "--sets"},
                                                   {"pin"},
                                                   {"restore"},
                                                   {"restore", "A", "--backup", "b1"},
                                                   {"restore", "--backup", "b1", "--allow-older"},
                                                   {"verify", "b1", "--stream", "A"},
                                                   {"verify", "--drill", "--repository", "/r"},
                                                   {"show"},
                                                   {"cancel"},
                                                   {"delete"},
                                                   {"watch", "j1", "--stream", "A"},
                                                   {"list", "A", "B"},
                                                   {"serve", "extra"},
                                                   {"list", "--server"}}) {
    const Error error = Refusal(arguments);
    EXPECT_EQ(error.code, Errc::kUsage) << error.message;
    EXPECT_THAT(error.hint, HasSubstr("--help"));
    EXPECT_FALSE(error.message.empty());
  }
}

TEST(CommandLineParser, NamesTheWordThatIsWrongAndTheOneThatWasMeant) {
  struct Case {
    Words arguments;
    const char* message;
    const char* hint;
  };
  for (const Case& one : std::vector<Case>{
           {{"bakup", "ORDERS"}, "there is no command bakup", "Did you mean `jetkeep backup`?"},
           {{"-s", "nats://h:1", "delet", "b1"}, "no command delet", "`jetkeep delete`?"},
           {{"backup", "--acept-damaged", "A"},
            "backup has no flag --acept-damaged",
            "Did you mean --accept-damaged?"},
           {{"backup", "--quite"}, "backup has no flag --quite", "Did you mean --quiet?"},
           {{"backup", "A", "-x"}, "backup has no flag -x", "Run `jetkeep backup --help`."},
           {{"--jsn", "list"}, "jetkeep has no flag --jsn", "Did you mean --json?"},
           {{"list", "--sever", "nats://h:1"}, "list has no flag --sever", "--server?"},
           {{"backup", "A", "ORD.>"}, "pattern \"ORD.>\"", "* stands for any characters"}}) {
    const Error error = Refusal(one.arguments);
    EXPECT_THAT(error.message, HasSubstr(one.message));
    EXPECT_THAT(error.hint, HasSubstr(one.hint)) << error.message;
    EXPECT_EQ(TraitsOf(error.code).exit_code, 2);
  }
  // A value is none of these, whatever it looks like.
  EXPECT_TRUE(Parse({"--user", "bakup", "list"}));
  EXPECT_TRUE(Parse({"list", "--user=--all"}));
}

TEST(CommandLineParser, NamesAreCheckedBeforeAnythingIsSent) {
  for (const Words& arguments : std::vector<Words>{{"backup", "A.B"},
                                                   {"backup", "A", "B.*"},
                                                   {"backup", "*", "--exclude", ""},
                                                   {"restore", "--set", "ORDERS"},
                                                   {"restore", "--set", "latest", "A.B"},
                                                   {"pin", "a b"},
                                                   {"list", "A B"},
                                                   {"cancel", "a.b"},
                                                   {"watch", "--stream", "a b"},
                                                   {"show", "../x"},
                                                   {"verify", "a/b"},
                                                   {"delete", "a b"},
                                                   {"list", "--instance", "a.b"},
                                                   {"restore", "--backup", "a/b"}}) {
    EXPECT_EQ(TraitsOf(Refusal(arguments).code).exit_code, 2) << arguments[1];
  }
}

TEST(CommandLineParser, HelpIsATextAndNoError) {
  const std::string help = HelpFor({"--help"});
  for (const Command& command : Commands()) {
    EXPECT_THAT(help, HasSubstr("  " + std::string(command.name)));
  }
  EXPECT_THAT(help, AllOf(HasSubstr("NATS_URL"), HasSubstr("(default nats://127.0.0.1:4222)"),
                          HasSubstr("--verbose"), HasSubstr("-V,--version")));
  EXPECT_THAT(HelpFor({"backup", "--help"}), HasSubstr("--accept-damaged"));
  EXPECT_THAT(HelpFor({"serve", "--help"}), HasSubstr("jobs that run at once; the rest queue "
                                                      "(default 2)"));
}

TEST(CommandLineParser, EveryVerbsHelpTellsItsOwnExamplesAndExitCodes) {
  for (const Command& command : Commands()) {
    const std::string name(command.name);
    const std::string help = HelpFor({name.c_str(), "--help"});
    EXPECT_THAT(help, AllOf(HasSubstr("--json"), HasSubstr("Exit codes"), HasSubstr("Examples:")));
    EXPECT_THAT(help, HasSubstr("\n  0    done\n")) << name;
    // Lines below "Examples:" are about this verb.
    const std::string examples = help.substr(help.find("Examples:"));
    EXPECT_THAT(examples, HasSubstr("jetkeep " + name)) << name;
    for (const Command& other : Commands()) {
      if (other.name == command.name) continue;
      EXPECT_THAT(examples, Not(HasSubstr("  jetkeep " + std::string(other.name) + " "))) << name;
    }
  }
  EXPECT_THAT(HelpFor({"delete", "--help"}),
              HasSubstr("\n  49   the last good backup of its stream\n"));
  // What counts elsewhere does not count here, and is not said to.
  for (const char* name : {"list", "show", "verify"}) {
    EXPECT_THAT(HelpFor({name, "--help"}), Not(HasSubstr("JETKEEP_REPOSITORY"))) << name;
  }
}

TEST(CommandLineParser, ExamplesAreCommandLinesThatParse) {
  for (const Command& command : Commands()) {
    std::string_view rest = command.examples;
    while (!rest.empty()) {
      std::string line(rest.substr(0, rest.find('\n')));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      line = line.substr(line.find("jetkeep ") + 8);
      line = line.substr(0, line.find("    #"));
      std::vector<std::string> words;
      for (std::size_t at = 0; at < line.size();) {
        const std::size_t end = std::min(line.find(' ', at), line.size());
        std::string word = line.substr(at, end - at);
        // As a shell takes it.
        if (word.size() > 1 && word.front() == '\'' && word.back() == '\'') {
          word = word.substr(1, word.size() - 2);
        }
        words.push_back(std::move(word));
        at = end + 1;
      }
      Words arguments;
      for (const std::string& word : words) arguments.push_back(word.c_str());
      const auto parsed = Parse(arguments);
      EXPECT_TRUE(parsed) << line << ": " << parsed.error().message;
    }
  }
}

TEST(CommandLineParser, JsonIsSeenEvenIfTheRestIsWrong) {
  const char* const with[] = {"jetkeep", "frobnicate", "--json"};
  EXPECT_TRUE(AsksForJson(3, with));
  const char* const behind[] = {"jetkeep", "--", "--json"};
  EXPECT_FALSE(AsksForJson(3, behind));
}

}  // namespace
}  // namespace jetkeep
