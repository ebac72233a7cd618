#include "service/engine/restore/restored_consumers.h"

#include <gmock/gmock.h>

#include "protocol/js_config/consumer_config.h"
#include "tests/support/jetstream_client.h"
#include "tests/unit/service/nats/fixture.h"

namespace jetkeep {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Json = nlohmann::json;

// A stream S of 20 messages with a consumer "worker" that has delivered nothing, as one is that a
// cluster began anew; the backup has it with 10 delivered and 7 acknowledged.
class RestoredConsumersTest : public EachServer {
 protected:
  void SetUp() override {
    user_ = std::make_unique<testing::JetStreamClient>(server_->Url());
    MakeStream();
    ConsumerBackup consumer;
    consumer.name = "worker";
    consumer.config_json = user_->ConsumerInfo("S", "worker").at("config").dump();
    consumer.state.delivered = {10, 10};
    consumer.state.ack_floor = {7, 7};
    plan_.archived.push_back(consumer);
  }

  void MakeStream() {
    FillStream(*connection_, *client_, "S", 20, 16);
    user_->CreateConsumer("S", {{"durable_name", "worker"}, {"ack_policy", "explicit"}});
  }

  Status BringUp(bool replicated, bool removes_on_ack = false) {
    using std::chrono::milliseconds;
    RestoredConsumers consumers(
        *client_, {.catch_up = milliseconds(1000), .settle = milliseconds(300)}, cancel_);
    RestoredStream stream;
    stream.name = "S";
    stream.first_sequence = 1;
    stream.replicated = replicated;
    stream.removes_on_ack = removes_on_ack;
    stream.messages_went = [] { return false; };
    stream.messages_above = [](std::uint64_t sequence) {
      return sequence < 20 ? 20 - sequence : 0;
    };
    Status there = consumers.BringUp(stream, plan_);
    warnings_ = consumers.TakeWarnings();
    return there;
  }
  std::uint64_t Start() {
    return ReadConsumerConfig(user_->ConsumerInfo("S", "worker").at("config").dump())
        .start_sequence;
  }

  std::unique_ptr<testing::JetStreamClient> user_;
  ConsumerPlan plan_;
  CancelToken cancel_;
  std::vector<std::string> warnings_;
};

TEST_P(RestoredConsumersTest, OneOfAReplicatedStreamThatBeganAnewIsCreatedAboveItsFloor) {
  const Status there = BringUp(true);
  ASSERT_TRUE(there) << there.error().message;
  EXPECT_EQ(Start(), 8U);
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("consumer worker has delivered up to 0/0")));
  const auto next = user_->Fetch("S", "worker", 1);
  ASSERT_EQ(next.size(), 1U);
  EXPECT_THAT(next[0].reply, HasSubstr(".8.1."));
}

TEST_P(RestoredConsumersTest, WithoutReplicasItIsAMismatch) {
  const Status there = BringUp(false);
  ASSERT_FALSE(there);
  EXPECT_EQ(there.error().code, Errc::kRestoreMismatch);
  EXPECT_THAT(there.error().message, HasSubstr("consumer worker has delivered up to 0/0"));
  EXPECT_EQ(Start(), 0U);
}

TEST_P(RestoredConsumersTest, WhereMessagesLiveByTheirConsumersItIsToldOfAndStays) {
  const Status there = BringUp(true, true);
  ASSERT_TRUE(there) << there.error().message;
  EXPECT_EQ(Start(), 0U);
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("may be delivered again")));
}

TEST_P(RestoredConsumersTest, AMissingOneIsAMismatch) {
  user_->DeleteConsumer("S", "worker");
  const Status there = BringUp(true);
  ASSERT_FALSE(there);
  EXPECT_EQ(there.error().code, Errc::kRestoreMismatch);
  EXPECT_THAT(there.error().message, HasSubstr("consumer worker is missing"));
}

TEST_P(RestoredConsumersTest, OneThatStandsRightIsLeftAndAPlannedOneIsCreated) {
  for (const auto& message : user_->Fetch("S", "worker", 10)) user_->Ack(message);
  ConsumerBackup planned = plan_.archived[0];
  planned.name = "memory";
  planned.config_json = R"({"durable_name":"memory","ack_policy":"explicit","mem_storage":true,)"
                        R"("deliver_policy":"by_start_sequence","opt_start_seq":4})";
  planned.state = {};
  plan_.created.push_back(planned);
  const Status there = BringUp(true);
  ASSERT_TRUE(there) << there.error().message;
  EXPECT_THAT(warnings_, IsEmpty());
  EXPECT_EQ(Start(), 0U);
  const Json created = user_->ConsumerInfo("S", "memory");
  EXPECT_EQ(created.at("config").at("opt_start_seq"), 4);
}

TEST_P(RestoredConsumersTest, WithoutThePermissionToDeleteTheWayOutIsTold) {
  testing::NatsServerOptions options;
  options.version = GetParam();
  options.config =
      "authorization { users: [ { user: a, password: a }, { user: j, password: j, permissions: {"
      " publish: { deny: \"$JS.API.CONSUMER.DELETE.>\" } } } ] }\n";
  server_ = std::make_unique<testing::NatsServer>(options);
  const std::string at = "@127.0.0.1:" + std::to_string(server_->port());
  connection_ = MustConnect("nats://j:j" + at);
  client_ = MustJetStream(*connection_);
  user_ = std::make_unique<testing::JetStreamClient>("nats://a:a" + at);
  MakeStream();
  const Status there = BringUp(true);
  ASSERT_TRUE(there) << there.error().message;
  EXPECT_EQ(Start(), 0U);
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("opt_start_seq 8")));
}

INSTANTIATE_TEST_SUITE_P(Servers, RestoredConsumersTest, ::testing::Values("2.9", "2.10", "2.15"),
                         TestName);

}  // namespace
}  // namespace jetkeep
