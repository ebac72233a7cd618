#include "service/engine/restore/consumer_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "service/engine/backup/config_backup.h"

namespace jetkeep {
namespace {

using testing::HasSubstr;

ConsumerBackup PartWay(bool in_memory) {
  ConsumerBackup consumer;
  consumer.name = "worker";
  consumer.config_json = in_memory ? R"({"durable_name":"worker","mem_storage":true})"
                                   : R"({"durable_name":"worker"})";
  consumer.state.delivered = {10, 10};
  consumer.state.ack_floor = {7, 7};
  consumer.state.pending.Append(9, {9, 1});
  return consumer;
}

TEST(ConsumerPlanTest, ConsumersOnDiskAreArchivedAsTheyAre) {
  const auto plan = PlanConsumers({PartWay(false)}, false, false);
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->archived.size(), 1U);
  EXPECT_EQ(plan->archived[0].state, PartWay(false).state);
  EXPECT_TRUE(plan->created.empty());
  EXPECT_TRUE(plan->warnings.empty());
}

TEST(ConsumerPlanTest, AV2ArchiveBringsConsumersInMemoryBackWithTheirState) {
  const auto plan = PlanConsumers({PartWay(true)}, true, false);
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->archived.size(), 1U);
  EXPECT_EQ(plan->archived[0].state, PartWay(true).state);
  EXPECT_TRUE(plan->warnings.empty());
}

TEST(ConsumerPlanTest, AV1ArchiveLeavesConsumersInMemoryToARequest) {
  const auto plan = PlanConsumers({PartWay(true)}, false, false);
  ASSERT_TRUE(plan);
  EXPECT_TRUE(plan->archived.empty());
  ASSERT_EQ(plan->created.size(), 1U);
  EXPECT_THAT(plan->created[0].config_json, HasSubstr(R"("opt_start_seq":8)"));
  EXPECT_EQ(plan->created[0].state, ConsumerState{});
  EXPECT_THAT(plan->warnings, testing::ElementsAre(HasSubstr("above its acknowledgement floor")));
}

TEST(ConsumerPlanTest, WhereMessagesLiveByTheirConsumersItStaysInTheArchive) {
  const auto plan = PlanConsumers({PartWay(true)}, false, true);
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->archived.size(), 1U);
  EXPECT_EQ(plan->archived[0].state, ConsumerState{});
  EXPECT_THAT(plan->archived[0].config_json, HasSubstr(R"("opt_start_seq":8)"));
  EXPECT_TRUE(plan->created.empty());
}

TEST(ConsumerPlanTest, OfConfigurationsAloneAConsumerInMemoryKeepsItsConfiguration) {
  Manifest manifest;
  manifest.stream = "S";
  manifest.config_json = R"({"name":"S","first_seq":1000})";
  manifest.consumers = {PartWay(true)};
  const Manifest configuration = ConfigurationOf(manifest);
  const auto plan = PlanConsumers(configuration.consumers, false, false);
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->archived.size(), 1U);
  EXPECT_EQ(plan->archived[0].config_json, PartWay(true).config_json);
  EXPECT_TRUE(plan->warnings.empty());
}

TEST(ConsumerPlanTest, AConsumerInMemoryThatDeliveredNothingNeedsNoRequest) {
  ConsumerBackup fresh = PartWay(true);
  fresh.state = {};
  const auto plan = PlanConsumers({fresh}, false, false);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->archived.size(), 1U);
  EXPECT_TRUE(plan->warnings.empty());
}

TEST(ConsumerPlanTest, ARebuiltConsumerIsToldOf) {
  ConsumerBackup rebuilt = PartWay(false);
  rebuilt.origin = ConsumerOrigin::kServer;
  const auto plan = PlanConsumers({rebuilt}, false, false);
  ASSERT_TRUE(plan);
  EXPECT_THAT(plan->warnings, testing::ElementsAre(HasSubstr("rebuilt")));
}

TEST(ConsumerPlanTest, WhatIsPendingBelowTheFirstMessageIsForgotten) {
  ConsumerState state;
  state.ack_floor = {4, 4};
  state.delivered = {9, 9};
  for (const std::uint64_t sequence : {5u, 7u, 8u}) state.pending.Append(sequence, {sequence, 1});
  ForgetPendingBelow(state, 5);
  EXPECT_EQ(state.pending.size(), 3U);
  ForgetPendingBelow(state, 8);
  ASSERT_EQ(state.pending.size(), 1U);
  EXPECT_EQ((*state.pending.begin()).sequence, 8U);
  ForgetPendingBelow(state, 9);
  EXPECT_TRUE(state.pending.empty());
}

}  // namespace
}  // namespace jetkeep
