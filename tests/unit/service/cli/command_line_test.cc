#include "service/cli/command_line.h"

#include <gmock/gmock.h>

#include <vector>

#include "protocol/control/answers.h"
#include "service/cli/console.h"
#include "service/cli/exit_code.h"
#include "service/cli/follow/job_follower.h"

namespace jetkeep {
namespace {

using testing::HasSubstr;

using ServeFunction = std::function<Status(const LoadedConfig& loaded)>;

int RunProgram(std::vector<const char*> arguments, const ServeFunction& serve = {}) {
  arguments.insert(arguments.begin(), "jetkeep");
  return RunCommandLine(static_cast<int>(arguments.size()), arguments.data(),
                        {serve, [] {
                           return std::map<std::string, std::string>{{"nats.c", "9.9"}};
                         }});
}

TEST(CommandLine, EveryErrorEndsWithTheExitCodeOfItsTable) {
  struct Row {
    Errc code;
    int exit_code;
  };
  const Row rows[] = {
#define JETKEEP_ERROR(name, err_code, http_code, exit_code, retryable, text) \
  {Errc::k##name, exit_code},
#include "jetkeep/errors.def"
#undef JETKEEP_ERROR
  };
  for (const Row& row : rows) {
    const int code = RunProgram({"serve", "--no-context"}, [&](const LoadedConfig&) -> Status {
      return Fail(row.code, "as asked");
    });
    EXPECT_EQ(code, row.exit_code) << TraitsOf(row.code).name;
    EXPECT_GT(code, 0);
    EXPECT_LT(code, 126);
  }
}

TEST(CommandLine, WhatSucceedsEndsWithZero) {
  EXPECT_EQ(RunProgram({"version"}), 0);
  EXPECT_EQ(RunProgram({"--help"}), 0);
  EXPECT_EQ(RunProgram({"config", "--no-context"}), 0);
  EXPECT_EQ(RunProgram({"serve", "--no-context"}, [](const LoadedConfig&) { return Status(); }), 0);
}

std::string Out(const std::vector<const char*>& arguments) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(RunProgram(arguments), 0) << arguments[0];
  return testing::internal::GetCapturedStdout();
}

TEST(CommandLine, TellsItsVersion) {
  EXPECT_THAT(Out({"--version"}), testing::MatchesRegex("jetkeep [0-9.]+\n"));
  EXPECT_EQ(Out({"-V"}), Out({"--version"}));
  EXPECT_THAT(Out({"version"}),
              testing::MatchesRegex("jetkeep [0-9.]+\ncommit ([0-9a-f]+(-dirty)?|unknown)\n"
                                    "nats.c 9.9\n"));
  const Document version = Document::parse(Out({"version", "--json"}));
  EXPECT_EQ(version.at("libraries").at("nats.c"), "9.9");
  EXPECT_TRUE(version.at("commit").is_string());
}

TEST(CommandLine, HelpOfACommandIsTheSameByBothWays) {
  EXPECT_EQ(Out({"help"}), Out({"--help"}));
  EXPECT_EQ(Out({"help", "rm"}), Out({"delete", "--help"}));
  EXPECT_EQ(RunProgram({"help", "frobnicate"}), 2);
}

TEST(CommandLine, DeleteWithoutATerminalNeedsYesBeforeAnythingIsAsked) {
  testing::internal::CaptureStderr();
  // Nobody listens there: it would be an error of its own.
  EXPECT_EQ(RunProgram({"delete", "b1", "-s", "nats://127.0.0.1:1", "--timeout", "100ms"}), 2);
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("hint: Add --yes"));
  EXPECT_EQ(RunProgram({"delete", "b1", "--yes", "-s", "nats://127.0.0.1:1", "--timeout", "100ms"}),
            TraitsOf(Errc::kNotConnected).exit_code);
}

TEST(CommandLine, PingEndsWithOneWhateverIsWrong) {
  for (const char* server : {"nats://127.0.0.1:1", "nonsense://x"}) {
    EXPECT_EQ(RunProgram({"ping", "--no-context", "-s", server, "--timeout", "200ms"}), 1)
        << server;
  }
}

TEST(CommandLine, VerboseErrorsHaveTheirNumbers) {
  testing::internal::CaptureStderr();
  RunProgram({"list", "-v", "-s", "nats://127.0.0.1:1", "--timeout", "100ms"});
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("\nerror: NotConnected 70520\n"));
}

TEST(CommandLine, WrongUsageAndConfigurationEndWithTwo) {
  EXPECT_EQ(RunProgram({}), 2);
  EXPECT_EQ(RunProgram({"frobnicate"}), 2);
  EXPECT_EQ(RunProgram({"config", "--max-jobs", "0"}), 2);
  EXPECT_EQ(RunProgram({"config", "--config", "/nowhere/jetkeep.yaml"}), 2);
}

TEST(CommandLine, ServeGetsTheFlags) {
  std::string repository;
  EXPECT_EQ(RunProgram({"serve", "--no-context", "--repository", "/r"},
                       [&](const LoadedConfig& loaded) {
                         repository = loaded.config.stores.front().path;
                         return Status();
                       }),
            0);
  EXPECT_EQ(repository, "/r");
}

TEST(CommandLine, PrintingTheConfigurationDoesNotServe) {
  testing::internal::CaptureStdout();
  const int code =
      RunProgram({"serve", "--print-config", "--json", "-s", "nats://u:sesame@h:4222"},
                 [](const LoadedConfig&) -> Status { return Fail(Errc::kInternal, "served"); });
  const std::string out = testing::internal::GetCapturedStdout();
  EXPECT_EQ(code, 0);
  const Document printed = Document::parse(out);
  EXPECT_EQ(printed.at("settings").at("nats.servers").at("value"), "nats://xxxxx@h:4222");
  EXPECT_EQ(printed.at("settings").at("nats.servers").at("origin"), "flag --server");
  EXPECT_EQ(out.find("sesame"), std::string::npos);
}

TEST(CommandLine, ErrorsAreTwoLinesOrOneObject) {
  testing::internal::CaptureStderr();
  RunProgram({"backup"});
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::MatchesRegex("jetkeep: .*STREAM.*\nhint: Run `jetkeep backup --help`.\n"));
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  EXPECT_EQ(RunProgram({"backup", "--json"}), 2);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  const Document error = Document::parse(testing::internal::GetCapturedStdout()).at("error");
  EXPECT_EQ(error.at("err_code"), 70511);
  EXPECT_EQ(error.at("code"), 400);
}

TEST(CommandLine, AServerThatIsAwayIsAnErrorThatNamesItWithoutSecrets) {
  testing::internal::CaptureStderr();
  // Port 1 of the loopback: nobody listens there.
  const int code = RunProgram({"list", "-s", "nats://u:sesame@127.0.0.1:1", "--timeout", "300ms"});
  const std::string text = testing::internal::GetCapturedStderr();
  EXPECT_EQ(code, TraitsOf(Errc::kNotConnected).exit_code);
  EXPECT_THAT(text, HasSubstr("jetkeep: cannot connect to nats://xxxxx@127.0.0.1:1"));
  EXPECT_THAT(text, HasSubstr("hint: "));
  EXPECT_EQ(text.find("sesame"), std::string::npos);
}

TEST(ExitCode, OfSeveralJobs) {
  const std::optional<Error> ok;
  const std::optional<Error> bad = Error{Errc::kStreamNotFound, "x", ""};
  const std::vector<std::optional<Error>> all_well{ok, ok};
  const std::vector<std::optional<Error>> some{ok, bad};
  const std::vector<std::optional<Error>> none{bad, bad};
  EXPECT_EQ(ExitCodeOf(all_well), 0);
  EXPECT_EQ(ExitCodeOf(some), 3);
  EXPECT_EQ(ExitCodeOf(none), 10);
}

}  // namespace
}  // namespace jetkeep
