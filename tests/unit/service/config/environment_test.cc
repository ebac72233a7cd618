#include "service/config/environment.h"

#include <gmock/gmock.h>

#include "service/config/print.h"
#include "tests/unit/service/config/sources.h"

namespace jetkeep {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Variable : public ConfigFiles {
 protected:
  Error ErrorOf(const Variables& variables) const {
    const auto loaded = LoadConfig({}, EnvironmentOf(variables));
    EXPECT_FALSE(loaded.has_value());
    return loaded ? Error{} : loaded.error();
  }
};

TEST_F(Variable, AMisspelledOneIsRefused) {
  const std::pair<const char*, const char*> cases[] = {{"JETKEEP_MAXJOBS", "JETKEEP_MAX_JOBS"},
                                                       {"JETKEEP_REPOSITRY", "JETKEEP_REPOSITORY"},
                                                       {"JETKEEP_CREDS", "NATS_CREDS"},
                                                       {"JETKEEP_CONFG", "JETKEEP_CONFIG"}};
  for (const auto& [name, meant] : cases) {
    const Error error = ErrorOf({{name, "4"}});
    EXPECT_EQ(error.code, Errc::kConfigInvalid);
    EXPECT_THAT(error.message, HasSubstr(std::string("environment ") + name));
    EXPECT_THAT(error.hint, HasSubstr(meant));
  }
}

TEST_F(Variable, AnotherUnknownOneIsAWarning) {
  // As a container platform sets them for a service called jetkeep, and as the tests do.
  const auto loaded = LoadConfig({}, EnvironmentOf({{"JETKEEP_PORT_4222_TCP_ADDR", "10.0.0.1"},
                                                    {"JETKEEP_SERVICE_HOST", "10.0.0.1"},
                                                    {"JETKEEP_SERVERS", "/servers"},
                                                    {"JETKEEP_BINARY", "/jetkeep"},
                                                    {"JETKEEP_EMPTY", ""}}));
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->warnings.size(), 4U);
  EXPECT_THAT(PrintConfig(*loaded), HasSubstr("# warning: environment JETKEEP_SERVICE_HOST"));
}

TEST_F(Variable, WhatCannotBeHonouredIsRefused) {
  const Error error = ErrorOf({{"NATS_SOCKS_PROXY", "socks5://u:sesame@h:1"}});
  EXPECT_EQ(error.code, Errc::kConfigInvalid);
  EXPECT_THAT(error.message, HasSubstr("NATS_SOCKS_PROXY"));
  EXPECT_THAT(error.message + error.hint, Not(HasSubstr("sesame")));
}

TEST_F(Variable, JwtAndSeedAreAWayToLogIn) {
  const auto loaded = LoadConfig({}, EnvironmentOf({{"NATS_JWT", "eyJ"}, {"NATS_SEED", "SUA"}}));
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.account().jwt, "eyJ");
  EXPECT_EQ(loaded->config.account().seed, "SUA");
  EXPECT_THAT(PrintConfig(*loaded), Not(HasSubstr("SUA")));
  EXPECT_THAT(ErrorOf({{"NATS_SEED", "SUA"}}).message, HasSubstr("nats.seed is set without"));
  EXPECT_THAT(ErrorOf({{"NATS_JWT", "eyJ"}, {"NATS_CREDS", "/c"}}).message,
              HasSubstr("nats.creds and nats.jwt are both set"));
}

TEST_F(Variable, SecretsMayBeReferences) {
  const std::string file = Write("seed", "SUFILE\n");
  const auto loaded = LoadConfig({}, EnvironmentOf({{"NATS_JWT", "env://MY_JWT"},
                                                    {"MY_JWT", "eyMine"},
                                                    {"NATS_SEED", "file://" + file}}));
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(loaded->config.account().jwt, "eyMine");
  EXPECT_EQ(loaded->config.account().seed, "SUFILE");
  EXPECT_EQ(LoadConfig({}, EnvironmentOf({{"NATS_TOKEN", "data:;base64,c2VzYW1lCg=="}}))
                ->config.account()
                .token,
            "sesame");
  EXPECT_THAT(ErrorOf({{"NATS_TOKEN", "env://NOWHERE"}}).message,
              HasSubstr("nats.token: the variable NOWHERE"));
  EXPECT_THAT(ErrorOf({{"NATS_TOKEN", "file:///nowhere"}}).message, HasSubstr("/nowhere"));
  EXPECT_THAT(ErrorOf({{"NATS_TOKEN", "data:;base64,*"}}).message, HasSubstr("not valid"));
  EXPECT_THAT(ErrorOf({{"NATS_TOKEN", "data:abc"}}).message, HasSubstr("not valid"));
  EXPECT_THAT(ErrorOf({{"NATS_TOKEN", "op://vault/item"}}).message, HasSubstr("op://"));
  EXPECT_THAT(ErrorOf({{"NATS_CREDS", "op://vault/item"}}).message,
              HasSubstr("environment NATS_CREDS: the value is a reference"));
}

}  // namespace
}  // namespace jetkeep
