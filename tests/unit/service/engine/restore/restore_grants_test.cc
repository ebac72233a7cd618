#include "service/engine/restore/restore_grants.h"

#include <gtest/gtest.h>

#include "tests/unit/service/engine/restore/fake_server.h"

namespace jetkeep {
namespace {

RestorePlan Plan(bool scratch, bool creates) {
  RestorePlan plan;
  plan.target.stream = "S";
  plan.target.scratch = scratch;
  if (creates) {
    ConsumerBackup& consumer = plan.consumers.created.emplace_back();
    consumer.name = "c";
    consumer.config_json = "{}";
  }
  return plan;
}

TEST(RestoreGrants, AreThoseThatTheRestoreWillUse) {
  FakeServer server(false);
  const auto denied = [&](const char* what, const RestorePlan& plan) {
    server.denied = {what};
    const std::vector<Error> missing = MissingGrants(server, NeededBy(plan));
    if (missing.empty()) return false;
    EXPECT_EQ(missing.size(), 1U);
    EXPECT_EQ(missing[0].code, Errc::kPermissionDenied);
    EXPECT_NE(missing[0].message.find(what), std::string::npos) << missing[0].message;
    EXPECT_NE(missing[0].hint.find("Nothing was sent"), std::string::npos) << missing[0].hint;
    return true;
  };
  for (const bool drill : {false, true}) {
    EXPECT_TRUE(denied("info", Plan(drill, false)));
    EXPECT_TRUE(denied("consumers", Plan(drill, false)));
  }
  EXPECT_TRUE(denied("delete", Plan(false, false)));
  EXPECT_TRUE(denied("delete", Plan(true, false)));
  EXPECT_TRUE(denied("update", Plan(false, false)));
  EXPECT_FALSE(denied("update", Plan(true, false))) << "a drill updates nothing";
  EXPECT_TRUE(denied("create", Plan(false, true)));
  EXPECT_FALSE(denied("create", Plan(false, false)));
  server.denied = {"delete", "update", "create"};
  EXPECT_EQ(MissingGrants(server, NeededBy(Plan(false, true))).size(), 3U) << "each of them";
  EXPECT_TRUE(server.deletes.empty());
  EXPECT_TRUE(server.updates.empty());
}

}  // namespace
}  // namespace jetkeep
