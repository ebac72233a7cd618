#include "service/config/live.h"

#include <gmock/gmock.h>

#include "tests/unit/service/config/sources.h"

namespace jetkeep {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class LiveConfig : public ConfigFiles {
 protected:
  LoadedConfig Load(std::string_view yaml) const {
    FlagValues flags;
    flags.config_file = Write("jetkeep.yaml", yaml);
    flags.no_context = true;
    auto loaded = LoadConfig(flags, EnvironmentOf({}));
    EXPECT_TRUE(loaded) << loaded.error().message;
    return *std::move(loaded);
  }
};

TEST_F(LiveConfig, NothingHasChanged) {
  const LoadedConfig loaded = Load("log:\n  level: debug\n");
  const ConfigChange change = CompareConfig(loaded, loaded);
  EXPECT_THAT(change.live, IsEmpty());
  EXPECT_THAT(change.restart, IsEmpty());
}

TEST_F(LiveConfig, WhatAServiceTakesIsToldFromWhatNeedsARestart) {
  LoadedConfig running = Load("nats:\n  password: a\n  user: u\nlog:\n  level: debug\n");
  const LoadedConfig now = Load(
      "nats:\n  password: b\n  user: u\nlog:\n  level: warn\ncontrol:\n  max_jobs: 9\n"
      "retry:\n  attempts: 3\n");
  const ConfigChange change = CompareConfig(running, now);
  EXPECT_THAT(change.live, ElementsAre("control.max_jobs", "log.level"));
  EXPECT_THAT(change.restart, ElementsAre("nats.password", "retry.attempts"));
  TakeLive(now.config, running.config);
  EXPECT_EQ(running.config.log_level, "warn");
  EXPECT_EQ(running.config.max_jobs, 9U);
  EXPECT_EQ(running.config.account().password, "a");
  EXPECT_THAT(CompareConfig(running, now).live, IsEmpty());
  EXPECT_THAT(CompareConfig(running, now).restart, ElementsAre("nats.password", "retry.attempts"));
}

TEST_F(LiveConfig, EntriesAreNamedByTheirPlaceAndOtherEntriesByTheirSection) {
  const LoadedConfig running = Load(
      "accounts:\n  - name: a\n    user: x\n    password: p\n  - name: b\n    user: w\n    "
      "password: p\n");
  EXPECT_THAT(CompareConfig(running, Load("accounts:\n  - name: a\n    user: x\n    password: p\n"
                                          "  - name: b\n    user: z\n    password: p\n"))
                  .restart,
              ElementsAre("accounts[1].user"));
  EXPECT_THAT(CompareConfig(running, Load("accounts:\n  - name: a\n    user: x\n    password: p\n"))
                  .restart,
              ElementsAre("accounts"));
}

}  // namespace
}  // namespace jetkeep
