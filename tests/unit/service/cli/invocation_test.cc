#include "service/cli/invocation.h"

#include <gmock/gmock.h>

#include <vector>

namespace jetkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Result<Invocation> Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "jetkeep");
  return ParseCommandLine(static_cast<int>(arguments.size()), arguments.data());
}

TEST(Invocation, TakesEveryVerb) {
  const std::pair<std::vector<const char*>, Verb> cases[] = {{{"serve"}, Verb::kServe},
                                                             {{"config"}, Verb::kConfig},
                                                             {{"version"}, Verb::kVersion},
                                                             {{"backup", "A"}, Verb::kBackup},
                                                             {{"restore", "A"}, Verb::kRestore},
                                                             {{"verify"}, Verb::kVerify},
                                                             {{"list"}, Verb::kList},
                                                             {{"ls"}, Verb::kList},
                                                             {{"show", "b1"}, Verb::kShow},
                                                             {{"status"}, Verb::kStatus},
                                                             {{"cancel", "j1"}, Verb::kCancel},
                                                             {{"watch"}, Verb::kWatch},
                                                             {{"delete", "b1"}, Verb::kDelete},
                                                             {{"rm", "b1"}, Verb::kDelete}};
  for (const auto& [arguments, verb] : cases) {
    const auto invocation = Parse(arguments);
    ASSERT_TRUE(invocation) << arguments[0] << ": " << invocation.error().message;
    EXPECT_EQ(invocation->verb, verb) << arguments[0];
  }
}

TEST(Invocation, ConnectionFlagsMayStandBeforeAndBehindTheVerb) {
  for (const auto& arguments :
       std::vector<std::vector<const char*>>{{"-s", "nats://h:1", "backup", "A", "B", "--json"},
                                             {"backup", "A", "B", "--server=nats://h:1", "-j"},
                                             {"backup", "-s", "nats://h:1", "A", "B", "--json"}}) {
    const auto invocation = Parse(arguments);
    ASSERT_TRUE(invocation) << invocation.error().message;
    EXPECT_THAT(invocation->streams, ElementsAre("A", "B"));
    EXPECT_THAT(invocation->flags.settings.at("nats.servers"), ElementsAre("nats://h:1"));
    EXPECT_TRUE(invocation->json);
  }
}

TEST(Invocation, ServersMayBeRepeatedButOthersMayNot) {
  const auto several = Parse({"list", "-s", "a", "-s", "b"});
  ASSERT_TRUE(several) << several.error().message;
  EXPECT_THAT(several->flags.settings.at("nats.servers"), ElementsAre("a", "b"));
  EXPECT_FALSE(Parse({"list", "--user", "a", "--user", "b"}));
}

TEST(Invocation, OnlyTheFlagMakesAVerbReadTheRepositoryItself) {
  EXPECT_TRUE(Parse({"list", "--repository", "/r"})->reads_repository());
  EXPECT_TRUE(Parse({"show", "b1", "-r", "/r"})->reads_repository());
  EXPECT_FALSE(Parse({"list"})->reads_repository());
}

TEST(Invocation, WrongUsageIsAnErrorWithAHint) {
  for (const auto& arguments :
       std::vector<std::vector<const char*>>{{},
                                             {"frobnicate"},
                                             {"backup"},
                                             {"backup", "A", "--frobnicate"},
                                             {"backup", "A", "--repository", "/r"},
                                             {"backup", "A", "B", "--job", "j"},
                                             {"restore"},
                                             {"restore", "A", "--backup", "b1"},
                                             {"verify", "b1", "--stream", "A"},
                                             {"verify", "--drill", "--repository", "/r"},
                                             {"show"},
                                             {"cancel"},
                                             {"delete"},
                                             {"watch", "j1", "--stream", "A"},
                                             {"list", "A", "B"},
                                             {"serve", "extra"},
                                             {"list", "--server"}}) {
    const auto invocation = Parse(arguments);
    ASSERT_FALSE(invocation.has_value()) << (arguments.empty() ? "" : arguments[0]);
    EXPECT_EQ(invocation.error().code, Errc::kUsage) << invocation.error().message;
    EXPECT_THAT(invocation.error().hint, HasSubstr("--help"));
    EXPECT_FALSE(invocation.error().message.empty());
  }
}

TEST(Invocation, NamesAreCheckedBeforeAnythingIsSent) {
  for (const auto& arguments :
       std::vector<std::vector<const char*>>{{"backup", "A.B"},
                                             {"backup", "A", "B*"},
                                             {"list", "A B"},
                                             {"cancel", "a.b"},
                                             {"show", "../x"},
                                             {"restore", "--backup", "a/b"}}) {
    const auto invocation = Parse(arguments);
    ASSERT_FALSE(invocation.has_value()) << arguments[1];
    EXPECT_EQ(TraitsOf(invocation.error().code).exit_code, 2);
  }
}

TEST(Invocation, HelpIsATextAndNoError) {
  const auto help = Parse({"--help"});
  ASSERT_TRUE(help);
  EXPECT_EQ(help->verb, Verb::kHelp);
  EXPECT_THAT(help->help,
              testing::AllOf(HasSubstr("serve"), HasSubstr("backup"), HasSubstr("NATS_URL")));
  EXPECT_THAT(Parse({"backup", "--help"})->help, HasSubstr("--accept-damaged"));
}

TEST(Invocation, JsonIsSeenEvenIfTheRestIsWrong) {
  const char* const with[] = {"jetkeep", "frobnicate", "--json"};
  EXPECT_TRUE(AsksForJson(3, with));
  const char* const behind[] = {"jetkeep", "--", "--json"};
  EXPECT_FALSE(AsksForJson(3, behind));
}

}  // namespace
}  // namespace jetkeep
