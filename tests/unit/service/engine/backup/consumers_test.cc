#include "service/engine/backup/consumers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jetkeep {
namespace {

constexpr std::uint64_t kLast = 100;
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
  ConsumerInfo listed = Listed("b");
  listed.delivered = {8, 10};
  const ConsumersOfCut cut = MergeConsumers({archived}, {listed}, kLast, kNow);
  ASSERT_EQ(cut.consumers.size(), 1U);
  EXPECT_EQ(cut.consumers[0].origin, ConsumerOrigin::kArchive);
  EXPECT_EQ(cut.consumers[0].state, archived.state);
  EXPECT_TRUE(cut.warnings.empty());
}

TEST(ConsumersTest, OnesLeftOutAreTakenFromTheServerAndMarked) {
  ConsumerBackup archived;
  archived.name = "b";
  const ConsumersOfCut cut = MergeConsumers({archived}, {Listed("b"), Listed("a")}, kLast, kNow);
  ASSERT_EQ(cut.consumers.size(), 2U);
  EXPECT_EQ(cut.consumers[0].name, "a");
  EXPECT_EQ(cut.consumers[0].origin, ConsumerOrigin::kServer);
  EXPECT_THAT(cut.warnings, testing::ElementsAre(testing::HasSubstr("consumer a")));
}

TEST(ConsumersTest, WhatWasDeletedDuringTheCopyIsNotBroughtBack) {
  ConsumerBackup archived;
  archived.name = "b";
  const ConsumersOfCut cut = MergeConsumers({archived}, {}, kLast, kNow);
  EXPECT_TRUE(cut.consumers.empty());
  EXPECT_THAT(cut.warnings, testing::ElementsAre(testing::HasSubstr("deleted during the copy")));
}

TEST(ConsumersTest, AConsumerSetBackOrMadeAnewDuringTheCopyStandsWhereItIsNow) {
  ConsumerBackup archived;
  archived.name = "b";
  archived.config_json = "{}";
  archived.state.delivered = {50, 60};
  archived.state.ack_floor = {48, 58};
  archived.state.pending.Append(59, {49, 1});
  archived.state.pending.Append(60, {50, 1});
  ConsumerInfo listed = Listed("b");
  listed.delivered = {51, 20};  // set back to 10: its own numbers go on
  listed.ack_floor = {51, 20};
  const ConsumersOfCut cut = MergeConsumers({archived}, {listed}, kLast, kNow);
  ASSERT_EQ(cut.consumers.size(), 1U);
  EXPECT_EQ(cut.consumers[0].state.delivered, listed.delivered);
  EXPECT_TRUE(cut.consumers[0].state.pending.empty());
  EXPECT_EQ(cut.consumers[0].config_json, listed.config_json);
}

TEST(ConsumersTest, AConsumerMadeOrSetBackAfterTheListNeedsALaterOne) {
  ConsumerInfo before = Listed("a");
  before.config_json = R"({"durable_name":"a"})";
  before.created = "2026-11-21T01:24:10Z";
  before.delivered = {9, 9};
  before.ack_floor = {5, 5};
  const auto needs = [&](const std::function<void(ConsumerInfo&)>& change) {
    ConsumerInfo after = before;
    change(after);
    return CutNeedsLaterList({before}, {after});
  };
  EXPECT_FALSE(needs([](ConsumerInfo&) {}));
  EXPECT_FALSE(CutNeedsLaterList({before}, {}));
  EXPECT_FALSE(needs([](ConsumerInfo& after) { after.delivered = after.ack_floor = {12, 12}; }));
  EXPECT_TRUE(needs([](ConsumerInfo& after) { after.name = "b"; }));
  EXPECT_TRUE(needs([](ConsumerInfo& after) { after.created = "2026-11-21T01:24:11Z"; }));
  EXPECT_TRUE(needs([](ConsumerInfo& after) { after.delivered = {10, 3}; }));
  EXPECT_TRUE(needs([](ConsumerInfo& after) { after.ack_floor = {4, 4}; }));
  // One that comes and goes with its client.
  EXPECT_FALSE(needs([](ConsumerInfo& after) {
    after.name = "b";
    after.config_json = "{}";
  }));
}

TEST(ConsumersTest, TellsThoseThatAreOnlyNewFromThoseMadeAnew) {
  ConsumerInfo a = Listed("a");
  a.config_json = R"({"durable_name":"a"})";
  a.created = "2026-11-21T01:24:10Z";
  a.delivered = {9, 9};
  ConsumerInfo b = Listed("b");
  b.config_json = R"({"durable_name":"b"})";
  ConsumerInfo passing = Listed("p");
  passing.config_json = "{}";
  EXPECT_EQ(OnlyNew({a}, {a, b, passing}), std::vector<std::string>{"b"});
  EXPECT_TRUE(OnlyNew({a}, {a}).empty());
  EXPECT_FALSE(MadeAnew({a}, {a, b}).contains("a"));
  EXPECT_FALSE(MadeAnew({a}, {b}).contains("a")) << "gone, not made anew";
  EXPECT_TRUE(MadeAnew({a}, {a, b}).contains("b"));
  ConsumerInfo again = a;
  again.created = "2026-11-21T01:24:11Z";
  again.delivered = {20, 20};
  EXPECT_TRUE(MadeAnew({a}, {again}).contains("a"));
  EXPECT_TRUE(OnlyNew({a}, {again, b}).empty()) << "one was made anew besides";
}

TEST(ConsumersTest, ConsumersThatListMessagesForABackupAreLeftOut) {
  ConsumerBackup archived;
  archived.name = "jetkeep-listing-x";
  const ConsumersOfCut cut = MergeConsumers({archived}, {Listed("jetkeep-listing-y")}, kLast, kNow);
  EXPECT_TRUE(cut.consumers.empty());
  EXPECT_TRUE(cut.warnings.empty());
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
              testing::ElementsAre(SequenceMap<PendingMessage>::Entry{7, {4, kNow}},
                                   SequenceMap<PendingMessage>::Entry{8, {5, kNow}}));
}

TEST(ConsumersTest, UnknownAcknowledgementsCountAsPending) {
  ConsumerInfo info = Listed("a");
  info.delivered = {10, 10};
  info.ack_floor = {1, 1};
  info.num_ack_pending = 5;
  const RebuiltState rebuilt = RebuildState(info, kNow);
  EXPECT_FALSE(rebuilt.exact);
  EXPECT_EQ(rebuilt.state.delivered, info.delivered);
  EXPECT_EQ(rebuilt.state.pending.size(), 9U);
}

TEST(ConsumersTest, WhereSequencesRunApartTheConsumerGoesBackToItsFloor) {
  ConsumerInfo info = Listed("a");
  info.delivered = {10, 30};
  info.ack_floor = {1, 1};
  info.num_ack_pending = 5;
  const RebuiltState rebuilt = RebuildState(info, kNow);
  EXPECT_FALSE(rebuilt.exact);
  EXPECT_EQ(rebuilt.state.delivered, info.ack_floor);
  EXPECT_TRUE(rebuilt.state.pending.empty());
}

TEST(ConsumersTest, AConsumerArchivedAtItsFloorTakesWhatTheServerSays) {
  ConsumerBackup archived;
  archived.name = "a";
  archived.state.delivered = archived.state.ack_floor = {3, 3};
  ConsumerInfo info = Listed("a");
  info.ack_floor = {3, 3};
  info.delivered = {20, 20};
  info.num_ack_pending = 15;
  const ConsumersOfCut cut = MergeConsumers({archived}, {info}, kLast, kNow);
  EXPECT_EQ(cut.consumers[0].state.delivered, info.delivered);
  EXPECT_EQ(cut.consumers[0].origin, ConsumerOrigin::kServer);
  EXPECT_EQ(cut.warnings.size(), 1U);
  // Not if it went on beyond the cut.
  EXPECT_EQ(MergeConsumers({archived}, {info}, 10, kNow).consumers[0].state.delivered,
            archived.state.delivered);
}

ConsumerState StateAt(SequencePair delivered, SequencePair floor,
                      std::initializer_list<std::pair<std::uint64_t, std::uint64_t>> pending) {
  ConsumerState state;
  state.delivered = delivered;
  state.ack_floor = floor;
  for (const auto& [stream, consumer] : pending) state.pending.Append(stream, {consumer, kNow});
  return state;
}

TEST(ConsumersTest, NoneIsAheadOfTheCut) {
  struct Case {
    const char* what;
    ConsumerState state;
    ConsumerState clamped;
  };
  const Case cases[] = {
      {"within", StateAt({90, 100}, {80, 85}, {{95, 88}}),
       StateAt({90, 100}, {80, 85}, {{95, 88}})},
      {"acknowledged at once", StateAt({130, 130}, {130, 130}, {}),
       StateAt({100, 100}, {100, 100}, {})},
      {"its floor within", StateAt({130, 130}, {98, 98}, {{99, 99}, {101, 101}, {130, 130}}),
       StateAt({100, 100}, {98, 98}, {{99, 99}})},
      {"with a filter the numbers of the consumer are not known",
       StateAt({60, 130}, {40, 90}, {{95, 45}, {110, 50}}),
       StateAt({45, 100}, {40, 90}, {{95, 45}})},
      {"with a filter, all above", StateAt({20, 130}, {15, 120}, {}),
       StateAt({0, 100}, {0, 100}, {})},
  };
  for (const Case& given : cases) {
    SCOPED_TRACE(given.what);
    ConsumerState state = given.state;
    state.redelivered.Append(101, 1);
    ClampToCut(state, kLast);
    EXPECT_EQ(state, given.clamped);
  }
  ConsumerBackup archived;
  archived.name = "a";
  archived.state.delivered = archived.state.ack_floor = {130, 130};
  ConsumerInfo listed = Listed("b");
  listed.delivered = listed.ack_floor = {130, 130};
  const ConsumersOfCut cut = MergeConsumers({archived}, {Listed("a"), listed}, kLast, kNow);
  for (const ConsumerBackup& consumer : cut.consumers) {
    EXPECT_LE(consumer.state.delivered.stream, kLast) << consumer.name;
    EXPECT_LE(consumer.state.ack_floor.stream, kLast) << consumer.name;
  }
}

TEST(ConsumersTest, WithoutASnapshotOnlyWhatTheListCannotTellIsAWarning) {
  ConsumerInfo exact = Listed("b");
  exact.delivered = {7, 7};
  exact.ack_floor = {5, 5};
  exact.num_ack_pending = 2;
  ConsumerInfo unknown = Listed("a");
  unknown.delivered = {130, 130};
  unknown.ack_floor = {90, 90};
  unknown.num_ack_pending = 3;
  const ConsumersOfCut cut =
      RebuildConsumers({exact, Listed("jetkeep-listing-y"), unknown}, kLast, kNow);
  ASSERT_EQ(cut.consumers.size(), 2U);
  EXPECT_EQ(cut.consumers[0].name, "a");
  EXPECT_EQ(cut.consumers[0].state.delivered.stream, kLast);
  EXPECT_EQ(cut.consumers[0].state.pending.size(), 10U);
  EXPECT_EQ(cut.consumers[1].name, "b");
  EXPECT_EQ(cut.consumers[1].origin, ConsumerOrigin::kServer);
  EXPECT_EQ(cut.consumers[1].state.pending.size(), 2U);
  EXPECT_THAT(cut.warnings, testing::ElementsAre(testing::HasSubstr("consumer a has")));
}

}  // namespace
}  // namespace jetkeep
