#include "protocol/repository/backup_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "protocol/repository/backup_id.h"

namespace jetkeep {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kMinute = 60'000'000'000;
constexpr std::int64_t kNoon = 1'795'219'200'000'000'000;

// name: the last character of the id. minute: of the clock that made it, and of its id.
BackupSummary Backup(char name, const std::string& lineage, std::int64_t minute, std::uint64_t last,
                     std::uint64_t messages, const std::string& stream = "S") {
  BackupSummary backup;
  backup.started_ns = kNoon + minute * kMinute;
  backup.completed_ns = backup.started_ns + kMinute / 2;
  backup.id = NewBackupId(backup.started_ns, 0);
  backup.id.back() = name;
  backup.account = "$G";
  backup.stream = stream;
  backup.lineage = lineage;
  backup.last_sequence = last;
  backup.messages = messages;
  return backup;
}

std::string Names(const std::vector<BackupSummary>& backups) {
  std::string names;
  for (const BackupSummary& backup : backups) names += backup.id.back();
  return names;
}

// The same for each order in which the backups come.
std::string Sorted(std::vector<BackupSummary> backups) {
  std::sort(backups.begin(), backups.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  std::string names;
  do {
    std::vector<BackupSummary> sorted = backups;
    SortNewestFirst(sorted);
    EXPECT_TRUE(names.empty() || names == Names(sorted)) << names << " " << Names(sorted);
    names = Names(sorted);
  } while (std::next_permutation(backups.begin(), backups.end(),
                                 [](const auto& a, const auto& b) { return a.id < b.id; }));
  return names;
}

TEST(BackupOrder, WithinALineageSequencesDecideWhateverTheClocks) {
  EXPECT_EQ(Sorted({Backup('a', "L", 0, 50, 50), Backup('b', "L", -600, 100, 100),
                    Backup('c', "L", 10, 70, 70)}),
            "bca");
}

TEST(BackupOrder, AtTheSameLastSequenceFewerMessagesAreLater) {
  EXPECT_EQ(Sorted({Backup('a', "L", 5, 100, 100), Backup('b', "L", 0, 100, 40),
                    Backup('c', "L", 9, 100, 41)}),
            "bca");
}

TEST(BackupOrder, WhatCouldNotBeReadIsNotDeleted) {
  BackupSummary damaged = Backup('a', "L", 0, 100, 90);
  damaged.lost_messages = 10;
  EXPECT_EQ(Sorted({damaged, Backup('b', "L", 5, 100, 100)}), "ba");
}

TEST(BackupOrder, TheSameStateIsOrderedByIds) {
  EXPECT_EQ(Sorted({Backup('a', "L", 0, 100, 100), Backup('b', "L", 5, 100, 100)}), "ba");
}

TEST(BackupOrder, OfTwoLineagesTheOneWithTheNewestIdIsNewer) {
  // A shorter life that began later, and one whose oldest backup is between those of the other.
  EXPECT_EQ(Sorted({Backup('a', "L", 0, 500, 500), Backup('b', "M", 5, 10, 10)}), "ba");
  EXPECT_EQ(Sorted({Backup('a', "L", 0, 50, 50), Backup('b', "M", 5, 10, 10),
                    Backup('c', "L", 9, 60, 60)}),
            "cab");
}

TEST(BackupOrder, StreamsAreMergedByTimeAndKeepTheirOwnOrder) {
  EXPECT_EQ(Sorted({Backup('a', "L", 0, 50, 50), Backup('b', "L", 20, 40, 40),
                    Backup('c', "M", 10, 7, 7, "T")}),
            "abc")
      << "b was made later by its clock, so a, which is newer, counts as no earlier";
}

TEST(BackupOrder, ClocksThatDisagreeAreNamedOnceAStream) {
  std::vector<BackupSummary> backups{Backup('a', "L", 0, 50, 50), Backup('b', "L", -60, 100, 100),
                                     Backup('c', "L", -30, 110, 110),
                                     Backup('d', "M", 3, 1, 1, "T")};
  SortNewestFirst(backups);
  const std::vector<std::string> lines = ClockDisagreements(backups);
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], HasSubstr("stream S"));
  EXPECT_THAT(lines[0], HasSubstr(Backup('b', "L", -60, 0, 0).id));
  EXPECT_THAT(lines[0], HasSubstr("1h 0m behind"));
}

TEST(BackupOrder, ClocksThatAgreeAreNotMentioned) {
  std::vector<BackupSummary> backups{Backup('a', "L", 0, 50, 50), Backup('b', "L", 1, 100, 100)};
  SortNewestFirst(backups);
  EXPECT_THAT(ClockDisagreements(backups), IsEmpty());
}

TEST(BackupOrder, AgeTellsTimeAndSequences) {
  EXPECT_EQ(AgeBetween(Backup('a', "L", 0, 50, 50), Backup('b', "L", 125, 110, 110)),
            "2h 5m older; it ends at sequence 50, the newer one at 110 (60 messages later)");
  EXPECT_EQ(AgeBetween(Backup('a', "L", 0, 50, 50), Backup('b', "M", -1, 10, 10)),
            "older by an unknown time; it ends at sequence 50, the newer one at 10");
}

TEST(BackupIdAbove, FollowsTheClockWhereThatIsAhead) {
  const std::vector<std::string> seen{NewBackupId(kNoon, 5)};
  EXPECT_EQ(NewBackupIdAbove(seen, kNoon + kMinute, 77), NewBackupId(kNoon + kMinute, 77));
  EXPECT_EQ(NewBackupIdAbove({}, kNoon, 77), NewBackupId(kNoon, 77));
}

TEST(BackupIdAbove, IsAboveAllThatWereSeen) {
  std::vector<std::string> seen{NewBackupId(kNoon, 5), NewBackupId(kNoon - kMinute, 9)};
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    // Clocks that stand, or lie an hour back; random bits of all sizes.
    const std::string id =
        NewBackupIdAbove(seen, i % 2 == 0 ? kNoon : kNoon - 60 * kMinute, i * 0x9e3779b97f4a7c15U);
    ASSERT_TRUE(IsBackupId(id)) << id;
    ASSERT_GT(id, *std::max_element(seen.begin(), seen.end()));
    seen = {id};
  }
  EXPECT_LT(TimeOfBackupId(seen[0]), kNoon + kMinute) << "thousands of backups fit into a second";
}

TEST(BackupIdAbove, IsNotLedAwayByATimeThatNoClockShows) {
  const std::vector<std::string> seen{"99991231T235959Z-zzzzzzzz", "20269999T999999Z-zzzzzzzz"};
  EXPECT_EQ(NewBackupIdAbove(seen, kNoon, 3), NewBackupId(kNoon, 3));
}

TEST(BackupIdAbove, TimeOfAnId) {
  EXPECT_EQ(TimeOfBackupId(NewBackupId(kNoon + 123, 3)), kNoon);
  EXPECT_EQ(TimeOfBackupId("nonsense"), 0);
}

}  // namespace
}  // namespace jetkeep
