#include "service/engine/account.h"

#include <gtest/gtest.h>

namespace jetkeep {
namespace {

StreamState Reply(std::uint64_t first, std::uint64_t last, std::uint64_t messages) {
  StreamState state;
  state.first_sequence = first;
  state.last_sequence = last;
  state.messages = messages;
  return state;
}

SequenceSet Set(std::initializer_list<std::pair<std::uint64_t, std::uint64_t>> ranges) {
  SequenceSet set;
  for (const auto& [first, last] : ranges) set.AddRange(first, last);
  return set;
}

TEST(AccountTest, AllMessagesInsideIsTheRepliedCut) {
  const auto verdict = JudgeByArchive(Reply(1, 10, 10), {Set({{1, 10}}), {}});
  ASSERT_TRUE(verdict);
  EXPECT_TRUE(verdict->as_replied);
  EXPECT_EQ(verdict->messages, 10U);
  EXPECT_TRUE(verdict->deleted.empty());
}

TEST(AccountTest, GapsAreDeletedMessagesWhenTheCountFits) {
  const auto verdict = JudgeByArchive(Reply(3, 10, 6), {Set({{3, 4}, {7, 10}}), {}});
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->deleted, Set({{5, 6}}));
}

TEST(AccountTest, RecordsThatTheArchiveCallsDeadAreNotLive) {
  const auto verdict = JudgeByArchive(Reply(1, 10, 8), {Set({{1, 10}}), Set({{4, 5}})});
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->messages, 8U);
  EXPECT_EQ(verdict->deleted, Set({{4, 5}}));
}

TEST(AccountTest, AnEmptyStreamKeepsItsSequences) {
  const auto verdict = JudgeByArchive(Reply(11, 10, 0), {});
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->first_sequence, 11U);
  EXPECT_EQ(verdict->last_sequence, 10U);
}

TEST(AccountTest, AMissingMessageCannotBeJudgedByTheArchiveAlone) {
  EXPECT_FALSE(JudgeByArchive(Reply(1, 10, 10), {Set({{1, 4}, {6, 10}}), {}}));
}

TEST(AccountTest, ALostMessageDoesNotHideBehindAnUnmarkedDeadOne) {
  // 5 is absent without a word, 7 has a mark, and 9 is dead on the server without one: the count
  // fits.
  const ArchiveSequences archive{Set({{1, 4}, {6, 10}}), Set({{7, 7}})};
  ASSERT_FALSE(JudgeByArchive(Reply(1, 10, 8), archive));
  const CutVerdict verdict =
      JudgeWithServer(Reply(1, 10, 8), archive, {1, 10, Set({{7, 7}, {9, 9}})});
  EXPECT_FALSE(verdict.as_replied);
  EXPECT_EQ(verdict.lost, Set({{5, 5}}));
}

TEST(AccountTest, AMissingMessageThatTheServerStillHasIsLost) {
  const CutVerdict verdict =
      JudgeWithServer(Reply(1, 10, 10), {Set({{1, 4}, {6, 10}}), {}}, {1, 12, {}});
  EXPECT_EQ(verdict.lost, Set({{5, 5}}));
  EXPECT_FALSE(verdict.as_replied);
  EXPECT_TRUE(verdict.deleted.empty());
}

TEST(AccountTest, MessagesEvictedDuringTheCopyAreExplained) {
  const CutVerdict verdict = JudgeWithServer(Reply(1, 10, 10), {Set({{5, 10}}), {}}, {6, 15, {}});
  EXPECT_TRUE(verdict.lost.empty());
  EXPECT_EQ(verdict.first_sequence, 6U);
  EXPECT_EQ(verdict.messages, 5U);
  EXPECT_EQ(verdict.removed_during_copy, 5U);
  EXPECT_TRUE(verdict.deleted.empty());
}

TEST(AccountTest, RecordsThatOnlyTheServerKnowsAreDeadAreRemoved) {
  const CutVerdict verdict =
      JudgeWithServer(Reply(1, 10, 8), {Set({{1, 10}}), {}}, {1, 10, Set({{2, 2}, {6, 6}})});
  EXPECT_TRUE(verdict.as_replied);
  EXPECT_EQ(verdict.messages, 8U);
  EXPECT_EQ(verdict.deleted, Set({{2, 2}, {6, 6}}));
}

TEST(AccountTest, MessagesDeletedAfterTheyWereCopiedStayInTheCut) {
  const CutVerdict verdict =
      JudgeWithServer(Reply(1, 10, 10), {Set({{1, 10}}), {}}, {1, 10, Set({{4, 4}})});
  EXPECT_TRUE(verdict.as_replied);
  EXPECT_EQ(verdict.messages, 10U);
  EXPECT_TRUE(verdict.deleted.empty());
}

TEST(AccountTest, AStreamPurgedDuringTheCopyIsAnEmptyCut) {
  const CutVerdict verdict = JudgeWithServer(Reply(1, 10, 10), {Set({{1, 3}}), {}}, {11, 10, {}});
  EXPECT_TRUE(verdict.lost.empty());
  EXPECT_EQ(verdict.messages, 0U);
  EXPECT_EQ(verdict.first_sequence, 11U);
  EXPECT_EQ(verdict.last_sequence, 10U);
}

}  // namespace
}  // namespace jetkeep
