#include "service/engine/restore/restored_config.h"

#include <gtest/gtest.h>

#include "tests/unit/service/engine/restore/fake_server.h"

namespace jetkeep {
namespace {

RestorePlan PlanFor(const FakeServer& server) {
  RestorePlan plan;
  plan.target.stream = "S";
  plan.target.config_json = R"({"name":"S","subjects":["s"]})";
  plan.server = server.identity;
  return plan;
}

// The stream is there, but the first looks do not find it.
int LooksUntilFound(FakeServer& server, int hidden) {
  StreamInfo info;
  info.config_json = R"({"name":"S","subjects":["s"]})";
  server.before_each = [&server, info, hidden] {
    if (server.looks <= hidden) {
      server.stream.reset();
    } else {
      server.stream = info;
    }
  };
  const auto checked = CheckRestoredConfigs(server, PlanFor(server), {}, CancelToken());
  return checked ? server.looks : 0;
}

TEST(RestoredConfig, AClusterIsAskedAgainForAStreamThatItHasJustReported) {
  FakeServer server(true);
  EXPECT_EQ(LooksUntilFound(server, 2), 3);
}

TEST(RestoredConfig, AServerThatStandsAloneIsBelieved) {
  FakeServer server(false);
  EXPECT_EQ(LooksUntilFound(server, 1), 0);
  EXPECT_EQ(server.looks, 1);
}

TEST(RestoredConfig, AStreamThatStaysAwayIsGone) {
  FakeServer server(true);
  EXPECT_EQ(LooksUntilFound(server, 1'000'000), 0);
}

}  // namespace
}  // namespace jetkeep
