#include "service/engine/backup/cut_verdict.h"

#include <gtest/gtest.h>

#include <optional>

namespace jetkeep {
namespace {

using Ranges = std::initializer_list<std::pair<std::uint64_t, std::uint64_t>>;

StreamState State(std::uint64_t first, std::uint64_t last, std::uint64_t messages) {
  StreamState state;
  state.first_sequence = first;
  state.last_sequence = last;
  state.messages = messages;
  return state;
}

SequenceSet Set(Ranges ranges) {
  SequenceSet set;
  for (const auto& [first, last] : ranges) set.AddRange(first, last);
  return set;
}

struct Case {
  const char* what;
  StreamState state;
  std::optional<SequenceSet> list;
  SequenceSet present;
  SequenceSet gone;
  SequenceSet unread;
  std::uint64_t archive_end;
  bool count_may_deceive;

  CutFinding finding;
  std::uint64_t messages;
  SequenceSet deleted;
  SequenceSet lost;
};

void Check(const Case& given) {
  SCOPED_TRACE(given.what);
  const CutVerdict verdict = JudgeCut(given.state, given.list ? &*given.list : nullptr,
                                      {.present = given.present,
                                       .gone = given.gone,
                                       .unread = given.unread,
                                       .archive_end = given.archive_end,
                                       .count_may_deceive = given.count_may_deceive});
  EXPECT_EQ(verdict.finding, given.finding);
  EXPECT_EQ(verdict.messages, given.messages);
  if (given.finding == CutFinding::kMissed) return;
  EXPECT_EQ(verdict.deleted, given.deleted);
  EXPECT_EQ(verdict.lost, given.lost);
}

constexpr auto kExact = CutFinding::kExact;
constexpr auto kMissed = CutFinding::kMissed;
constexpr auto kNeedsList = CutFinding::kNeedsList;
constexpr auto kIncomplete = CutFinding::kIncomplete;
constexpr auto kUnreadable = CutFinding::kUnreadable;

TEST(CutVerdictTest, ProvesAStreamAtRestByItsCount) {
  Check({"whole", State(1, 10, 10), {}, Set({{1, 10}}), {}, {}, 10, true, kExact, 10, {}, {}});
  Check({"gaps are deleted messages",
         State(3, 10, 6),
         {},
         Set({{3, 4}, {7, 10}}),
         {},
         {},
         10,
         false,
         kExact,
         6,
         Set({{5, 6}}),
         {}});
  Check({"dead by a mark",
         State(1, 10, 8),
         {},
         Set({{1, 10}}),
         Set({{4, 5}}),
         {},
         10,
         true,
         kExact,
         8,
         Set({{4, 5}}),
         {}});
  Check({"empty", State(11, 10, 0), {}, {}, {}, {}, 10, true, kExact, 0, {}, {}});
  Check({"never written to", State(0, 0, 0), {}, {}, {}, {}, 0, true, kExact, 0, {}, {}});
  Check({"purged", State(11, 10, 0), {}, Set({{1, 10}}), {}, {}, 10, true, kExact, 0, {}, {}});
}

TEST(CutVerdictTest, TakesTheTailIn) {
  // Two keys of a bucket: 1 and 2 in the archive, then 1 was written again as 3.
  Check({"by the count, the old value is not known to be dead",
         State(2, 3, 2),
         {},
         Set({{1, 3}}),
         {},
         {},
         2,
         true,
         kExact,
         2,
         {},
         {}});
  Check({"an interior value is dead without a mark",
         State(1, 4, 3),
         {},
         Set({{1, 4}}),
         {},
         {},
         3,
         true,
         kNeedsList,
         4,
         {},
         {}});
  Check({"the same with the list",
         State(1, 4, 3),
         Set({{2, 2}}),
         Set({{1, 4}}),
         {},
         {},
         3,
         true,
         kExact,
         3,
         Set({{2, 2}}),
         {}});
  Check({"records above the cut do not count",
         State(1, 4, 4),
         {},
         Set({{1, 9}}),
         {},
         {},
         9,
         true,
         kExact,
         4,
         {},
         {}});
}

TEST(CutVerdictTest, NeverProvesWhatEscaped) {
  Check({"live and gone before it was read",
         State(1, 5, 5),
         Set({}),
         Set({{1, 4}}),
         {},
         Set({{5, 5}}),
         3,
         true,
         kMissed,
         4,
         {},
         {}});
  // 5 escaped and 2 is dead without a mark: the count fits, and yet.
  Check({"a count that fits by chance",
         State(1, 5, 4),
         {},
         Set({{1, 4}}),
         {},
         Set({{5, 5}}),
         3,
         true,
         kMissed,
         4,
         {},
         {}});
  Check({"not there, and dead by the list",
         State(1, 5, 4),
         Set({{5, 5}}),
         Set({{1, 4}}),
         {},
         Set({{5, 5}}),
         3,
         true,
         kExact,
         4,
         Set({{5, 5}}),
         {}});
  Check({"not there, and known to be gone before",
         State(1, 5, 4),
         {},
         Set({{1, 4}}),
         Set({{5, 5}}),
         {},
         3,
         true,
         kExact,
         4,
         Set({{5, 5}}),
         {}});
}

TEST(CutVerdictTest, AListThatLeavesSomeOutIsNoProofByItself) {
  // Servers before 2.10 do not name the gap 4..5 between two blocks.
  Check({"the count proves",
         State(1, 9, 6),
         Set({{2, 2}}),
         Set({{1, 3}, {6, 9}}),
         {},
         {},
         9,
         false,
         kExact,
         6,
         Set({{2, 2}, {4, 5}}),
         {}});
  Check({"nothing proves",
         State(1, 9, 5),
         Set({{2, 2}}),
         Set({{1, 3}, {6, 9}}),
         {},
         {},
         9,
         true,
         kNeedsList,
         6,
         Set({{2, 2}, {4, 5}}),
         {}});
}

TEST(CutVerdictTest, NamesWhatTheStoreLost) {
  Check({"by the list",
         State(1, 10, 10),
         Set({}),
         Set({{1, 4}, {6, 10}}),
         {},
         {},
         10,
         true,
         kIncomplete,
         9,
         {},
         Set({{5, 5}})});
  // 5 is absent without a word, 7 has a mark, and 9 is dead on the server without one: the count
  // fits.
  Check({"behind one that is dead",
         State(1, 10, 8),
         {},
         Set({{1, 4}, {6, 10}}),
         Set({{7, 7}}),
         {},
         10,
         true,
         kNeedsList,
         8,
         Set({{5, 5}, {7, 7}}),
         {}});
  Check({"the same with the list",
         State(1, 10, 8),
         Set({{7, 7}, {9, 9}}),
         Set({{1, 4}, {6, 10}}),
         Set({{7, 7}}),
         {},
         10,
         true,
         kIncomplete,
         7,
         Set({{7, 7}, {9, 9}}),
         Set({{5, 5}})});
  Check({"live, asked for, not there, and still live",
         State(1, 12, 12),
         Set({}),
         Set({{1, 10}, {12, 12}}),
         Set({{11, 11}}),
         {},
         10,
         true,
         kUnreadable,
         11,
         {},
         Set({{11, 11}})});
  Check({"an archive cut short, the rest not yet read",
         State(1, 10, 10),
         Set({}),
         Set({{1, 4}}),
         {},
         Set({{5, 10}}),
         4,
         true,
         kMissed,
         4,
         {},
         {}});
}

TEST(CutVerdictTest, ALaterListExplainsAnEarlierCut) {
  const StreamState cut = State(1, 10, 8);
  const SequenceSet present = Set({{1, 10}});
  EXPECT_EQ(DeletedByLaterList(cut, present, State(1, 12, 10), Set({{3, 4}})), Set({{3, 4}}));
  EXPECT_EQ(DeletedByLaterList(cut, present, State(3, 12, 10), Set({})), Set({{1, 2}}));
  // One more was removed since: which of the three was live is not known.
  EXPECT_EQ(DeletedByLaterList(cut, present, State(1, 12, 9), Set({{3, 5}})), std::nullopt);
  // The list is not whole.
  EXPECT_EQ(DeletedByLaterList(cut, present, State(1, 12, 9), Set({{3, 4}})), std::nullopt);
}

}  // namespace
}  // namespace jetkeep
