#include "service/observe/stream_figures.h"

#include <gtest/gtest.h>

#include <vector>

namespace jetkeep {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

BackupSummary Backup(std::int64_t at_seconds, BackupCondition condition) {
  BackupSummary backup;
  backup.stream = "ORDERS";
  backup.condition = condition;
  backup.started_ns = (at_seconds - 2) * kSecond;
  backup.cut_time_ns = at_seconds * kSecond;
  backup.completed_ns = (at_seconds + 3) * kSecond;
  backup.messages = static_cast<std::uint64_t>(at_seconds);
  backup.stored_bytes = 10;
  return backup;
}

StreamFigures FiguresOfOrders(const std::vector<BackupSummary>& backups) {
  return FiguresOf(backups).at("ORDERS");
}

TEST(StreamFigures, TheNewestGoodBackupCounts) {
  BackupSummary failed = Backup(400, BackupCondition::kComplete);
  failed.verified = Verification{.time_ns = 450 * kSecond, .ok = false};
  const StreamFigures figures = FiguresOfOrders(
      {failed, Backup(300, BackupCondition::kDamaged), Backup(100, BackupCondition::kComplete),
       Backup(200, BackupCondition::kComplete), Backup(500, BackupCondition::kConfigOnly)});
  EXPECT_EQ(figures.last_success_ns, 200 * kSecond);
  EXPECT_EQ(figures.messages, 200U);
  EXPECT_EQ(figures.duration_seconds, 5);
  EXPECT_EQ(figures.newest_stored_bytes, 10U);
  EXPECT_EQ(figures.stored_bytes, 50U);
  EXPECT_EQ(figures.backups[0], 2U);  // good
  EXPECT_EQ(figures.backups[1], 2U);  // bad
  EXPECT_EQ(figures.backups[2], 1U);  // config_only
}

TEST(StreamFigures, WithoutAGoodBackupThereIsNoSuccess) {
  EXPECT_EQ(FiguresOfOrders({Backup(300, BackupCondition::kDamaged)}).last_success_ns, 0);
}

TEST(StreamFigures, VerifiedAndDrilledAreThoseOfAnyGoodBackup) {
  BackupSummary older = Backup(100, BackupCondition::kComplete);
  older.verified = Verification{.time_ns = 900 * kSecond, .ok = true, .drill = true};
  BackupSummary newer = Backup(200, BackupCondition::kComplete);
  newer.verified = Verification{.time_ns = 800 * kSecond, .ok = true};
  BackupSummary failed = Backup(300, BackupCondition::kComplete);
  failed.verified = Verification{.time_ns = 1'000 * kSecond, .ok = false, .drill = true};
  const StreamFigures figures = FiguresOfOrders({older, newer, failed});
  EXPECT_EQ(figures.last_verified_ns, 900 * kSecond);
  EXPECT_EQ(figures.last_drilled_ns, 900 * kSecond);
  EXPECT_EQ(FiguresOfOrders({newer}).last_drilled_ns, 0);
}

// Format version 1 knew no time of the cut.
TEST(StreamFigures, ABackupWithoutATimeOfItsCutIsAsOldAsItsStart) {
  BackupSummary old = Backup(100, BackupCondition::kComplete);
  old.cut_time_ns = 0;
  EXPECT_EQ(FiguresOfOrders({old}).last_success_ns, 98 * kSecond);
}

}  // namespace
}  // namespace jetkeep
