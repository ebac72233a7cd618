#include "service/config/load.h"

#include <gmock/gmock.h>

#include "tests/unit/service/config/sources.h"

namespace jetkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class Load : public ConfigFiles {
 protected:
  // Sources that say account = their own name, as many as asked for.
  Result<LoadedConfig> WithAccountFrom(bool flag, bool environment, bool file) {
    FlagValues flags;
    Variables variables;
    if (flag) flags.settings["repository.account"] = {"flag"};
    if (environment) variables["JETKEEP_ACCOUNT"] = "environment";
    if (file) flags.config_file = Write("jetkeep.yaml", "repository:\n  account: file\n");
    return LoadConfig(flags, EnvironmentOf(variables));
  }
  Error ErrorOf(const FlagValues& flags, const Variables& variables) {
    auto loaded = LoadConfig(flags, EnvironmentOf(variables));
    EXPECT_FALSE(loaded.has_value());
    return loaded ? Error{} : loaded.error();
  }
};

TEST_F(Load, DefaultsStandWhereNothingIsSaid) {
  const auto loaded = LoadConfig({}, EnvironmentOf({}));
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(loaded->config.account().servers, ElementsAre("nats://127.0.0.1:4222"));
  EXPECT_EQ(OriginOf(*loaded, "nats.servers"), "default");
}

TEST_F(Load, AFlagWinsOverTheEnvironment) {
  const auto loaded = WithAccountFrom(true, true, false);
  EXPECT_EQ(loaded->config.account().name, "flag");
  EXPECT_EQ(OriginOf(*loaded, "repository.account"), "flag --account");
}

TEST_F(Load, AFlagWinsOverTheFile) {
  EXPECT_EQ(WithAccountFrom(true, false, true)->config.account().name, "flag");
}

TEST_F(Load, TheEnvironmentWinsOverTheFile) {
  const auto loaded = WithAccountFrom(false, true, true);
  EXPECT_EQ(loaded->config.account().name, "environment");
  EXPECT_EQ(OriginOf(*loaded, "repository.account"), "environment JETKEEP_ACCOUNT");
}

TEST_F(Load, TheFileWinsOverTheDefault) {
  const auto loaded = WithAccountFrom(false, false, true);
  EXPECT_EQ(loaded->config.account().name, "file");
  EXPECT_THAT(OriginOf(*loaded, "repository.account"),
              testing::AllOf(testing::StartsWith("file "), testing::EndsWith("jetkeep.yaml:2")));
}

TEST_F(Load, EveryVariableReachesItsSetting) {
  const Variables variables{{"NATS_URL", "nats://h:1"}, {"NATS_CREDS", "/c"},
                            {"NATS_CA", "/ca"},         {"NATS_CERT", "/cert"},
                            {"NATS_KEY", "/key"},       {"JETKEEP_REPOSITORY", "/r"},
                            {"JETKEEP_MAX_JOBS", "7"},  {"JETKEEP_SCRATCH_LIMIT", "0"}};
  const auto loaded = LoadConfig({}, EnvironmentOf(variables));
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_THAT(loaded->config.account().servers, ElementsAre("nats://h:1"));
  EXPECT_EQ(loaded->config.account().creds, "/c");
  EXPECT_EQ(loaded->config.account().tls_ca, "/ca");
  EXPECT_EQ(loaded->config.account().tls_cert, "/cert");
  EXPECT_EQ(loaded->config.account().tls_key, "/key");
  EXPECT_EQ(loaded->config.stores.front().path, "/r");
  EXPECT_EQ(loaded->config.max_jobs, 7U);
  EXPECT_EQ(loaded->config.scratch_limit, 0U);
}

TEST_F(Load, AnEmptyVariableSaysNothing) {
  EXPECT_EQ(LoadConfig({}, EnvironmentOf({{"JETKEEP_ACCOUNT", ""}}))->config.account().name,
            "default");
}

TEST_F(Load, TheFileMayBeNamedByTheEnvironmentAndTheFlagWins) {
  const std::string first = Write("first.yaml", "repository: {account: first}");
  const std::string second = Write("second.yaml", "repository: {account: second}");
  EXPECT_EQ(LoadConfig({}, EnvironmentOf({{"JETKEEP_CONFIG", first}}))->config.account().name,
            "first");
  FlagValues flags;
  flags.config_file = second;
  EXPECT_EQ(LoadConfig(flags, EnvironmentOf({{"JETKEEP_CONFIG", first}}))->config.account().name,
            "second");
}

TEST_F(Load, AMissingFileIsAnErrorThatNamesIt) {
  FlagValues flags;
  flags.config_file = directory() + "/absent.yaml";
  const Error error = ErrorOf(flags, {});
  EXPECT_EQ(error.code, Errc::kConfigInvalid);
  EXPECT_THAT(error.message, HasSubstr("absent.yaml: No such file"));
}

TEST_F(Load, ADirectoryInPlaceOfTheFileIsAnError) {
  FlagValues flags;
  flags.config_file = directory();
  EXPECT_THAT(ErrorOf(flags, {}).message, HasSubstr("directory"));
}

TEST_F(Load, AWrongValueNamesItsSource) {
  EXPECT_THAT(ErrorOf({}, {{"JETKEEP_MAX_JOBS", "many"}}).message,
              HasSubstr("environment JETKEEP_MAX_JOBS: "));
  FlagValues flags;
  flags.settings["control.max_jobs"] = {"-1"};
  EXPECT_THAT(ErrorOf(flags, {}).message, HasSubstr("flag --max-jobs: "));
}

TEST_F(Load, AWrongValueInTheFileIsAnErrorEvenUnderAFlag) {
  FlagValues flags;
  flags.settings["control.max_jobs"] = {"3"};
  flags.config_file = Write("jetkeep.yaml", "control:\n  max_jobs: 1000\n");
  EXPECT_THAT(ErrorOf(flags, {}).message, HasSubstr("jetkeep.yaml:2: control.max_jobs: "));
}

TEST_F(Load, AUserWithoutAPasswordIsAToken) {
  const auto loaded = LoadConfig({}, EnvironmentOf({{"NATS_USER", "t0ken"}}));
  EXPECT_EQ(loaded->config.account().token, "t0ken");
  EXPECT_EQ(loaded->config.account().user, "");
}

TEST_F(Load, TheHighestSourceDecidesHowToAuthenticate) {
  FlagValues flags;
  flags.config_file = Write("jetkeep.yaml", "nats: {user: bob, password: secret}");
  const auto loaded = LoadConfig(flags, EnvironmentOf({{"NATS_CREDS", "/creds"}}));
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.account().creds, "/creds");
  EXPECT_EQ(loaded->config.account().user, "");
  EXPECT_EQ(loaded->config.account().password, "");
}

TEST_F(Load, UserAndPasswordMayComeFromDifferentSources) {
  FlagValues flags;
  flags.config_file = Write("jetkeep.yaml", "nats: {user: bob, creds: /c}");
  const auto loaded = LoadConfig(flags, EnvironmentOf({{"NATS_PASSWORD", "secret"}}));
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.account().user, "bob");
  EXPECT_EQ(loaded->config.account().password, "secret");
  EXPECT_EQ(loaded->config.account().creds, "");
}

TEST_F(Load, TwoWaysToAuthenticateFromOneSourceAreAnError) {
  const Error error = ErrorOf({}, {{"NATS_TOKEN", "sesame"}, {"NATS_CREDS", "/c"}});
  EXPECT_EQ(error.code, Errc::kConfigInvalid);
  EXPECT_THAT(error.message, testing::AllOf(HasSubstr("nats.token"), HasSubstr("nats.creds"),
                                            Not(HasSubstr("sesame"))));
}

TEST_F(Load, WhatBelongsTogetherIsCheckedTogether) {
  EXPECT_THAT(ErrorOf({}, {{"NATS_CERT", "/c"}}).message, HasSubstr("nats.tls"));
  EXPECT_THAT(ErrorOf({}, {{"NATS_PASSWORD", "p"}}).message, HasSubstr("nats.user"));
  EXPECT_THAT(ErrorOf({}, {{"JETKEEP_JS_DOMAIN", "hub"}, {"JETKEEP_JS_API_PREFIX", "x"}}).message,
              HasSubstr("exclude"));
  EXPECT_THAT(ErrorOf({}, {{"JETKEEP_CHUNK_SIZE", "1000"}}).message, HasSubstr("chunk_size"));
  EXPECT_THAT(ErrorOf({}, {{"JETKEEP_WINDOW_SIZE", "1"}}).message, HasSubstr("window_size"));
  EXPECT_THAT(ErrorOf({}, {{"JETKEEP_RETRY_FIRST_DELAY", "1h"}}).message, HasSubstr("max_delay"));
}

}  // namespace
}  // namespace jetkeep
