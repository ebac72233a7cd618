#include "service/engine/restore/restore_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace jetkeep {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

ConsumerBackup Saved() {
  ConsumerBackup consumer;
  consumer.name = "worker";
  consumer.config_json = R"({"durable_name":"worker"})";
  consumer.state.delivered = {12, 15};
  consumer.state.ack_floor = {9, 11};
  consumer.state.pending.Append(13, {10, 1});
  return consumer;
}

ConsumerInfo Live() {
  ConsumerInfo info;
  info.name = "worker";
  info.delivered = {12, 15};
  info.ack_floor = {9, 11};
  info.num_ack_pending = 1;
  return info;
}

TEST(RestoreCheckTest, AConsumerThatStandsWhereItWasIsNoDifference) {
  const auto found = CompareConsumers({Saved()}, 1, {Live()});
  EXPECT_THAT(found.missing, IsEmpty());
  EXPECT_THAT(found.elsewhere, IsEmpty());
  EXPECT_THAT(found.vanished, IsEmpty());
}

TEST(RestoreCheckTest, OneThatIsAheadIsInUseAlready) {
  ConsumerInfo ahead = Live();
  ahead.delivered = {20, 25};
  ahead.ack_floor = {20, 25};
  ahead.num_ack_pending = 0;
  EXPECT_THAT(CompareConsumers({Saved()}, 1, {ahead}).elsewhere, IsEmpty());
}

TEST(RestoreCheckTest, OneThatIsBehindIsNamedWithBothPlaces) {
  ConsumerInfo behind = Live();
  behind.delivered = {12, 0};
  auto found = CompareConsumers({Saved()}, 1, {behind});
  ASSERT_EQ(found.elsewhere.size(), 1U);
  EXPECT_EQ(found.elsewhere[0].name, "worker");
  EXPECT_EQ(found.elsewhere[0].what,
            "consumer worker has delivered up to 12/0, the backup has 12/15");
  behind = Live();
  behind.ack_floor = {9, 10};
  found = CompareConsumers({Saved()}, 1, {behind});
  ASSERT_EQ(found.elsewhere.size(), 1U);
  EXPECT_THAT(found.elsewhere[0].what, HasSubstr("acknowledgement floor at 9/10"));
}

// Servers of 2.15 begin such a consumer anew where its stream is in memory.
TEST(RestoreCheckTest, OneThatStoodBelowTheFirstMessageMayBeginAnewBeforeIt) {
  ConsumerBackup saved = Saved();
  saved.state.pending = {};
  saved.state.delivered = saved.state.ack_floor = {12, 15};
  ConsumerInfo anew = Live();
  anew.delivered = anew.ack_floor = {0, 30};
  anew.num_ack_pending = 0;
  EXPECT_THAT(CompareConsumers({saved}, 31, {anew}).elsewhere, IsEmpty());
  // Here messages would be left out or the place is another.
  EXPECT_EQ(CompareConsumers({saved}, 15, {anew}).elsewhere.size(), 1U);
  anew.delivered = anew.ack_floor = {0, 29};
  EXPECT_EQ(CompareConsumers({saved}, 31, {anew}).elsewhere.size(), 1U);
}

TEST(RestoreCheckTest, PendingMessagesCountOnlyWhileNobodyUsedIt) {
  ConsumerInfo other = Live();
  other.num_ack_pending = 3;
  const auto found = CompareConsumers({Saved()}, 1, {other});
  ASSERT_EQ(found.elsewhere.size(), 1U);
  EXPECT_THAT(found.elsewhere[0].what, HasSubstr("3 messages pending, the backup has 1"));
  other.delivered = {13, 16};
  EXPECT_THAT(CompareConsumers({Saved()}, 1, {other}).elsewhere, IsEmpty());
  // The stream begins above the floor: the server drops what was pending below.
  other.delivered = {12, 15};
  EXPECT_THAT(CompareConsumers({Saved()}, 14, {other}).elsewhere, IsEmpty());
}

TEST(RestoreCheckTest, AMissingOneIsADifferenceUnlessTheServerRemovesIt) {
  ConsumerBackup idle = Saved();
  idle.name = "idle";
  idle.config_json = R"({"durable_name":"idle","inactive_threshold":1000000})";
  const auto found = CompareConsumers({Saved(), idle}, 1, {});
  EXPECT_THAT(found.missing, ::testing::ElementsAre("consumer worker is missing"));
  EXPECT_THAT(found.vanished, ::testing::ElementsAre(HasSubstr("consumer idle was removed")));
}

TEST(RestoreCheckTest, MessagesAboveASequenceAreThoseThatAreNeitherDeletedNorLost) {
  Manifest manifest;
  manifest.state.messages = 7;
  manifest.state.first_sequence = 3;
  manifest.state.last_sequence = 12;
  manifest.deleted.AddRange(5, 6);
  manifest.deleted.Add(12);
  const auto above = [&](std::uint64_t sequence) {
    return MessagesAbove(manifest, StateAfterRestore(manifest), sequence);
  };
  EXPECT_EQ(above(0), 7U);
  EXPECT_EQ(above(3), 6U);
  EXPECT_EQ(above(6), 5U);
  EXPECT_EQ(above(11), 0U);
  EXPECT_EQ(above(50), 0U);
  manifest.lost.AddRange(6, 8);
  EXPECT_EQ(above(4), 3U);
}

TEST(RestoreCheckTest, AStreamWithoutMessagesBeginsBehindItsLast) {
  Manifest manifest;
  manifest.state.first_sequence = 65;
  manifest.state.last_sequence = 112;
  manifest.state.num_deleted = 48;
  manifest.deleted.AddRange(65, 112);
  const StreamState state = StateAfterRestore(manifest);
  EXPECT_EQ(state.first_sequence, 113U);
  EXPECT_EQ(state.last_sequence, 112U);
  EXPECT_EQ(state.num_deleted, 0U);
  manifest.state = {};
  EXPECT_EQ(StateAfterRestore(manifest).first_sequence, 0U) << "as a fresh stream says";
}

TEST(RestoreCheckTest, ManyDifferencesAreToldInPart) {
  EXPECT_EQ(JoinedDifferences({}), "");
  EXPECT_EQ(JoinedDifferences({"a", "b"}), "a; b");
  const std::vector<std::string> many(11, "x");
  EXPECT_THAT(JoinedDifferences(many), ::testing::EndsWith("x; and 3 more"));
}

TEST(RestoreCheck, AStreamThatNeverHeldAMessageBeginsAtZeroOrOne) {
  StreamState never;
  StreamState one;
  one.first_sequence = 1;
  EXPECT_TRUE(CompareStates(never, one).empty());
  EXPECT_TRUE(CompareStates(one, never).empty());
  one.last_sequence = 1;  // it held one
  EXPECT_FALSE(CompareStates(never, one).empty());
}

}  // namespace
}  // namespace jetkeep
