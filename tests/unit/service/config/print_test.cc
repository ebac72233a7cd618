#include "service/config/print.h"

#include <gmock/gmock.h>

#include "service/config/redact.h"
#include "service/config/settings.h"
#include "tests/unit/service/config/sources.h"

namespace jetkeep {
namespace {

using testing::HasSubstr;
using testing::Not;

class Print : public ConfigFiles {};

TEST(Redact, HidesWhatStandsBeforeTheHost) {
  EXPECT_EQ(HideUrlSecrets("nats://bob:secret@h:4222"), "nats://xxxxx@h:4222");
  EXPECT_EQ(HideUrlSecrets("nats://t0ken@h"), "nats://xxxxx@h");
  EXPECT_EQ(HideUrlSecrets("bob:secret@h"), "xxxxx@h");
  EXPECT_EQ(HideUrlSecrets("nats://bob:p@ss@h"), "nats://xxxxx@h");
  EXPECT_EQ(HideUrlSecrets("nats://b:s://e@h"), "nats://xxxxx@h");
  EXPECT_EQ(HideUrlSecrets("nats://a:1,nats://b:s@c:2"), "nats://a:1,nats://xxxxx@c:2");
  EXPECT_EQ(HideUrlSecrets("nats://h:4222"), "nats://h:4222");
  EXPECT_EQ(HideUrlSecrets(""), "");
}

TEST_F(Print, ShowsOriginsAndHidesSecrets) {
  FlagValues flags;
  flags.settings["repository.directory"] = {"/srv/backups"};
  const auto loaded = LoadConfig(flags, EnvironmentOf({{"NATS_URL", "nats://u:inurl@h:4222"},
                                                       {"NATS_USER", "bob"},
                                                       {"NATS_PASSWORD", "sesame"}}));
  ASSERT_TRUE(loaded) << loaded.error().message;
  const std::string printed = PrintConfig(*loaded);
  EXPECT_THAT(printed, HasSubstr("servers: \"nats://xxxxx@h:4222\""));
  EXPECT_THAT(printed, HasSubstr("# environment NATS_URL"));
  EXPECT_THAT(printed, HasSubstr("password: \"xxxxx\""));
  EXPECT_THAT(printed, HasSubstr("directory: \"/srv/backups\""));
  EXPECT_THAT(printed, HasSubstr("# flag --repository"));
  EXPECT_THAT(printed, HasSubstr("# default"));
  EXPECT_THAT(printed, Not(HasSubstr("sesame")));
  EXPECT_THAT(printed, Not(HasSubstr("inurl")));
}

TEST_F(Print, ATokenGivenAsUserIsHiddenToo) {
  const auto loaded = LoadConfig({}, EnvironmentOf({{"NATS_USER", "sesame"}}));
  EXPECT_THAT(PrintConfig(*loaded), Not(HasSubstr("sesame")));
}

TEST_F(Print, WhatIsPrintedIsAFileThatSetsTheSame) {
  const Variables variables{{"NATS_URL", "nats://a:1,nats://b:2"},
                            {"JETKEEP_COMPRESSION", "7"},
                            {"JETKEEP_REPOSITORY", "/a \"quoted\" \\ path # x"},
                            {"JETKEEP_SHUTDOWN_GRACE", "1m30s"},
                            {"JETKEEP_SCRATCH_LIMIT", "123456789"}};
  const auto first = LoadConfig({}, EnvironmentOf(variables));
  ASSERT_TRUE(first) << first.error().message;
  FlagValues flags;
  flags.config_file = Write("printed.yaml", PrintConfig(*first));
  const auto second = LoadConfig(flags, EnvironmentOf({}));
  ASSERT_TRUE(second) << second.error().message << "\n" << PrintConfig(*first);
  for (const Setting& setting : Settings()) {
    EXPECT_EQ(ShowSetting(setting, second->config), ShowSetting(setting, first->config));
  }
}

}  // namespace
}  // namespace jetkeep
