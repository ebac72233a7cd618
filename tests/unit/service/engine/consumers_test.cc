#include "service/engine/consumers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jetkeep {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000'000'000;

ConsumerInfo Listed(std::string name) {
  ConsumerInfo info;
  info.name = std::move(name);
  info.config_json = R"({"durable_name":"x"})";
  return info;
}

TEST(ConsumersTest, ArchivedConsumersKeepTheirState) {
  ConsumerBackup archived;
  archived.name = "b";
  archived.state.delivered = {7, 9};
  const ConsumersOfCut cut = MergeConsumers({archived}, {Listed("b")}, kNow);
  ASSERT_EQ(cut.consumers.size(), 1U);
  EXPECT_EQ(cut.consumers[0].origin, ConsumerOrigin::kArchive);
  EXPECT_EQ(cut.consumers[0].state, archived.state);
  EXPECT_TRUE(cut.warnings.empty());
}

TEST(ConsumersTest, OnesLeftOutAreTakenFromTheServerAndMarked) {
  ConsumerBackup archived;
  archived.name = "b";
  const ConsumersOfCut cut = MergeConsumers({archived}, {Listed("b"), Listed("a")}, kNow);
  ASSERT_EQ(cut.consumers.size(), 2U);
  EXPECT_EQ(cut.consumers[0].name, "a");
  EXPECT_EQ(cut.consumers[0].origin, ConsumerOrigin::kServer);
  EXPECT_THAT(cut.warnings, testing::ElementsAre(testing::HasSubstr("consumer a")));
}

TEST(ConsumersTest, NothingPendingIsRebuiltExactly) {
  ConsumerInfo info = Listed("a");
  info.delivered = {5, 8};
  info.ack_floor = {5, 8};
  const RebuiltState rebuilt = RebuildState(info, kNow);
  EXPECT_TRUE(rebuilt.exact);
  EXPECT_EQ(rebuilt.state.delivered, (SequencePair{5, 8}));
}

TEST(ConsumersTest, EverythingAboveTheFloorPendingIsRebuiltExactly) {
  ConsumerInfo info = Listed("a");
  info.delivered = {5, 8};
  info.ack_floor = {3, 6};
  info.num_ack_pending = 2;
  const RebuiltState rebuilt = RebuildState(info, kNow);
  EXPECT_TRUE(rebuilt.exact);
  EXPECT_THAT(rebuilt.state.pending,
              testing::ElementsAre(testing::Pair(7, PendingMessage{4, kNow}),
                                   testing::Pair(8, PendingMessage{5, kNow})));
}

TEST(ConsumersTest, UnknownPendingMessagesRollBackToTheFloor) {
  ConsumerInfo info = Listed("a");
  info.delivered = {10, 10};
  info.ack_floor = {1, 1};
  info.num_ack_pending = 5;
  const RebuiltState rebuilt = RebuildState(info, kNow);
  EXPECT_FALSE(rebuilt.exact);
  EXPECT_EQ(rebuilt.state.delivered, info.ack_floor);
  EXPECT_TRUE(rebuilt.state.pending.empty());
}

}  // namespace
}  // namespace jetkeep
