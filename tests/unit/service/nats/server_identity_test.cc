#include "service/nats/server_identity.h"

#include "tests/unit/service/nats/fixture.h"

namespace jetkeep {
namespace {

using ServerIdentityOn = EachServer;

TEST_P(ServerIdentityOn, TellsVersionNameAndPayload) {
  const auto identity = client_->Server();
  ASSERT_TRUE(identity) << Why(identity);
  EXPECT_EQ(identity->version.rfind(GetParam() + ".", 0), 0u) << identity->version;
  EXPECT_FALSE(identity->name.empty());
  EXPECT_EQ(identity->cluster, "");
  EXPECT_EQ(identity->max_payload, 1048576u);
}

INSTANTIATE_TEST_SUITE_P(All, ServerIdentityOn, ::testing::ValuesIn(testing::ServerVersions()),
                         TestName);

TEST(ServerIdentity, NobodyThereIsAnErrorInTime) {
  const auto info = AskServerInfo("nats://127.0.0.1:1", std::chrono::milliseconds(500));
  ASSERT_FALSE(info);
  EXPECT_EQ(info.error().code, Errc::kNotConnected);
}

}  // namespace
}  // namespace jetkeep
